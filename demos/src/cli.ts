import { taskNames } from '@skillweave/tasks'
import { Command, InvalidArgumentError } from 'commander'
import { bench } from './commands/bench.ts'
import { buildWebCommand } from './commands/build-web.ts'
import { control } from './commands/control.ts'
import { demo } from './commands/demo.ts'
import { evaluateBallplay } from './commands/evaluate-ballplay.ts'
import { evaluatePrimitives } from './commands/evaluate-primitives.ts'
import { evaluateScoring } from './commands/evaluate-scoring.ts'
import { evaluateSkillbench } from './commands/evaluate-skillbench.ts'
import { evaluateVelocity } from './commands/evaluate-velocity.ts'
import { faults } from './commands/faults.ts'
import { foxglove } from './commands/foxglove.ts'
import { joinPoliciesCommand } from './commands/join-policies.ts'
import { mirrorPolicyCommand } from './commands/mirror-policy.ts'
import { policyCheck, policyImport } from './commands/policy.ts'
import { policyShip } from './commands/policy-ship.ts'
import { record } from './commands/record.ts'
import { replay } from './commands/replay.ts'
import { robot } from './commands/robot.ts'
import { robotGuard } from './commands/robot-guard.ts'
import { robotRos, robotUnitree } from './commands/robot-machine.ts'
import { rosbridge } from './commands/rosbridge.ts'
import { train } from './commands/train.ts'
import { type TrainSkillbenchOptions, trainSkillbench } from './commands/train-skillbench.ts'
import { evaluateTransfer, transfer } from './commands/transfer.ts'
import { demoNames } from './demos.ts'
import { controllerNames } from './policy-names.ts'
import { engines } from './transfer/engines.ts'
import { UserError } from './user-error.ts'

const positive = (text: string): number => {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('expected a positive number')
  return value
}
const integer = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0)
    throw new InvalidArgumentError('expected a whole number')
  return value
}
const share = (text: string): number => {
  const value = Number(text)
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('expected a number from 0 to 1')
  return value
}
const json = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

const list = (text: string, before: readonly string[]): string[] => [...before, text]
const notNegative = (text: string): number => {
  const value = Number(text)
  if (!(value >= 0)) throw new InvalidArgumentError('expected a number that is not negative')
  return value
}

/** How `loadPolicy` understands what is given here. */
const aPolicy =
  'a path, or a name: of a run in .runs that is finished, else of a policy that comes with the project'

const program = new Command('skillweave')
  .description('Train, blend, watch and deploy robot skills on an ordinary CPU.')
  .showHelpAfterError()
  .exitOverride()

program
  .command('train')
  .description(`learn a task: ${taskNames.join(', ')}; or skillbench, all a humanoid needs`)
  .argument('<task>', 'what to learn')
  .option('--robot <name>', "the robot; default the task's own")
  .option('--ball <kind>', 'paper (7.24 kg) or regulation (0.62 kg)')
  .option('--skill <name>', 'one ball skill only, for a teacher')
  .option('--samples <n>', 'budget in control steps', positive)
  .option('--minutes <n>', 'budget in time (not reproducible)', positive)
  .option('--envs <n>', 'copies of the robot in one world', integer)
  .option('--workers <n>', 'threads that learn together, sharing the robots', integer, 1)
  .option('--seed <n>', 'seed of everything random', integer, 1)
  .option('--name <name>', 'folder under .runs')
  .option('--resume', 'continue the run where its checkpoint left it')
  .option('--initial <run>', `start from a trained policy: ${aPolicy}`)
  .option('--set <json>', "learner's hyper-parameters that differ from the task's, as JSON", json)
  .option('--teachers <pattern>', "folders of the teachers' runs, with SKILL for the skill")
  .option('--level <0..1>', 'where curricula start: how far --initial has come', share)
  .option('--after <run>', 'ball skills start where this policy has picked a ball up, too')
  .option('--skills <policy>', `the ball skills to blend: ${aPolicy}`)
  .option(
    '--controller <kind>',
    `for tasks that blend: ${controllerNames.join(', ')}; default blend`,
  )
  .option('--without <skill>', 'leave a skill out of the blend')
  .option('--weights <kind>', 'softmax or free; default softmax')
  .option('--data <folder>', 'motion clips; default SKILLWEAVE_DATA')
  .option('--watch', 'serve a page that shows the robots while they learn')
  .option('--port <n>', 'port of that page', integer, 8787)
  .option(
    '--ship <name>',
    'store the result in demos/policies, such as walking-h1 or far-reach-h1-blend',
  )
  .option('--json', 'print a summary as the last line')
  .option(
    '--tasks <names>',
    'for skillbench: only these and the skills they need, with commas between',
  )
  .option('--controllers <names>', 'for skillbench: by each of these, with commas between')
  .option('--seeds <n>', 'for skillbench: so many runs of each task and controller', integer)
  .action(async (task: string, options: TrainSkillbenchOptions) => {
    if (task === 'skillbench') return trainSkillbench(options)
    const many = (['tasks', 'controllers', 'seeds'] as const).find((k) => options[k] !== undefined)
    if (many) throw new UserError(`--${many} is for train skillbench; ${task} is one run`)
    await train(task, options)
  })

const showing = program
  .command('demo')
  .description(`simulate and show: ${demoNames.join(', ')}`)
  .argument('<demo>', 'which one, or clip')
  .argument('[file]', 'the clip to play')
  .option('--headless', 'no page and no pacing: as fast as it goes')
  .option('--seconds <n>', 'stop after this much simulated time', positive)
  .option('--speed <n>', 'times real time', positive)
  .option('--port <n>', 'port of the page on this machine', integer, 8787)
  .option('--no-open', 'do not open a browser')
  .action(demo)
const recording = program
  .command('record')
  .description(`write a run to an .mcap file: ${demoNames.join(', ')}`)
  .argument('<demo>', 'which one')
  .option('--seconds <n>', 'how much simulated time', positive, 10)
  .option('--out <file>', 'where to; default <demo>.mcap')
  .action(record)
for (const command of [showing, recording]) {
  command
    .option('--seed <n>', 'seed of everything random', integer, 1)
    .option('--ball <kind>', 'paper (7.24 kg) or regulation (0.62 kg)')
    .option('--hoop <m>', 'height of the rim', positive)
    .option('--robot <name>', 'a humanoid, for its skills and SkillBench tasks; default h1')
    .option(
      '--controller <kind>',
      `who decides first in a SkillBench task: ${controllerNames.join(', ')}`,
    )
    .option('--policy <policy>', `who decides: ${aPolicy}`)
    .option('--skills <policy>', `ball skills: ${aPolicy}`)
    .option('--json', 'print a summary as the last line')
}

program
  .command('replay')
  .description('show a recording in the page')
  .argument('<file>', 'an .mcap file of this project')
  .option('--port <n>', 'port of the page on this machine', integer, 8787)
  .option('--no-open', 'do not open a browser')
  .action(replay)

program
  .command('build-web')
  .description('a static site with the demos running in the tab')
  .option('--out <folder>', 'where to; default demos/web/dist/site')
  .option('--policy <name=folder>', 'one that is not shipped; may be repeated', list, [])
  .action(buildWebCommand)

const evaluate = program.command('evaluate').description('measure trained policies')
evaluate
  .command('ballplay')
  .description('each ball skill from its own reference states (needs motion clips)')
  .option('--episodes <n>', 'per skill', integer, 256)
  .option('--ball <kind>', 'paper (7.24 kg) or regulation (0.62 kg)')
  .option('--policy <name>', aPolicy)
  .option('--skill <name>', 'one skill only')
  .option('--seed <n>', 'seed of the starts', integer, 1000)
  .option('--data <folder>', 'motion clips; default SKILLWEAVE_DATA')
  .option('--card', "write the result into the policy's manifest")
  .option('--json', 'print the result as the last line')
  .action(evaluateBallplay)
evaluate
  .command('scoring')
  .description('the high-level controller: fetch, dribble and shoot within 30 s')
  .option('--episodes <n>', 'how many', integer, 256)
  .option('--ball <kind>', 'paper (7.24 kg) or regulation (0.62 kg)')
  .option('--policy <name>', `controller: ${aPolicy}`)
  .option('--skills <name>', `ball skills: ${aPolicy}`)
  .option('--seed <n>', 'seed of the starts', integer, 1000)
  .option('--card', "write the result into the policy's manifest")
  .option('--json', 'print the result as the last line')
  .action(evaluateScoring)

evaluate
  .command('velocity')
  .description('walk at a commanded speed while being pushed every 5 s, in either engine')
  .requiredOption('--policy <folder>', 'an imported policy')
  .option('--engine <name>', 'rapier or mujoco', 'rapier')
  .option('--episodes <n>', 'how many, side by side', integer, 20)
  .option('--seconds <n>', 'length of an episode', positive, 20)
  .option('--speed <m/s>', 'commanded velocity, forward', Number, 0.5)
  .option('--push <m/s>', 'change of velocity of each push', notNegative, 0.5)
  .option('--seed <n>', 'seed of starts and pushes', integer, 1000)
  .option('--card', "write the result into the policy's manifest")
  .option('--json', 'print the result as the last line')
  .action(evaluateVelocity)
for (const command of [
  program
    .command('transfer')
    .description('one policy, the same seeds in Rapier and in another engine')
    .argument('<policy>', aPolicy)
    .option('--picture <file>', 'where to draw how far each joint diverges, as SVG')
    .action(transfer),
  evaluate
    .command('transfer')
    .description('every policy of a robot in Rapier and in another engine')
    .option('--policy <folder>', 'one more policy; may be repeated', list, [])
    .action(evaluateTransfer),
]) {
  command
    .option('--robot <name>', 'the robot')
    .option('--to <engine>', 'the second engine', 'mujoco')
    .option('--episodes <n>', 'of each policy in each engine', integer, 20)
    .option('--seconds <n>', "length of an episode; default the kind of policy's own", positive)
    .option('--delay <ms>', 'how late commands come', notNegative, 0)
    .option('--jitter <ms>', 'by how much that varies', notNegative, 0)
    .option('--seed <n>', 'seed of everything random', integer, 1000)
    .option('--json', 'print the result as the last line')
}

const policy = program.command('policy').description('policies of other projects')
policy
  .command('import')
  .description('read an ONNX or TorchScript policy with what describes it; print what was inferred')
  .argument('<path>', 'a folder, an .onnx file or a .pt file')
  .requiredOption('--robot <name>', 'the robot it is for')
  .option('--out <folder>', 'where to write policy.onnx and its manifest; default nowhere')
  .option('--period <s>', 'time between actions, for files that do not say it', positive)
  .option('--term <theirs=ours>', 'what an observation term means; may be repeated', list, [])
  .option('--json', 'print the manifest as the last line')
  .action(policyImport)
policy
  .command('mirror')
  .description(
    'a ball skill as a mirror shows it: its twin, with the other hand (needs motion clips)',
  )
  .argument('<policy>', aPolicy)
  .requiredOption('--out <folder>', 'where to write policy.onnx and its manifest')
  .option('--data <folder>', 'motion clips; default SKILLWEAVE_DATA')
  .action(mirrorPolicyCommand)
policy
  .command('join')
  .description('a policy for each ball skill as one policy, with an expert per label')
  .option('--ball <kind>', 'paper (7.24 kg) or regulation (0.62 kg)', 'regulation')
  .option(
    '--skills <pattern>',
    'names or paths of the policies, with SKILL for the skill; default what train ballplay learns from',
  )
  .requiredOption('--out <folder>', 'where to write policy.onnx and its manifest')
  .action(joinPoliciesCommand)
policy
  .command('ship')
  .description('put a finished run, with its evaluation card, among the policies of the project')
  .argument('<run>', 'its name, or a path')
  .option('--as <name>', "what it is called there; default the run's name")
  .option('--to <folder>', 'where to; default demos/policies')
  .action(policyShip)
policy
  .command('check')
  .description('run a policy dry and compare its observation with a recorded one')
  .argument('<policy>', 'a folder with an imported policy')
  .option('--reference <file>', 'JSON lines of what was sensed and observed')
  .option('--json', 'print the result as one line of JSON')
  .action(policyCheck)

const robots = program
  .command('robot')
  .description('a robot behind the wire, waiting for a controller: simulated here, or a machine')
const simulatedRobots = Object.keys(engines).map((engine) =>
  robots
    .command(engine)
    .description(`a robot simulated in ${engine}`)
    .action((options) => robot(engine, options)),
)
const silence = 'how long its sensors may say nothing before it stops'
const machines = [
  robots
    .command('ros')
    .description('a ROS robot behind a rosbridge server, by its trajectory controller')
    .requiredOption('--controller <node>', 'such as /joint_trajectory_controller')
    .option('--url <ws>', 'the rosbridge', 'ws://127.0.0.1:9090')
    .option('--states <topic>', 'of sensor_msgs/JointState', '/joint_states')
    .option('--imu <topic>', 'of sensor_msgs/Imu, for a robot that can fall')
    // Joint states come at 50 Hz or more.
    .option('--silence <ms>', silence, positive, 50)
    .action(robotRos),
  robots
    .command('unitree')
    .description("a Unitree robot behind LeRobot's G1 bridge, by its low-level commands")
    .option('--host <address>', 'where the bridge runs', '127.0.0.1')
    .option('--commands-port <n>', 'its PULL socket', integer, 6000)
    .option('--states-port <n>', 'its PUB socket', integer, 6001)
    // The bridge sends some 500 states a second, perhaps over Wi-Fi.
    .option('--silence <ms>', silence, positive, 30)
    .action(robotUnitree),
]
robots
  .command('guard')
  .description("stand before LeRobot's G1 bridge and damp the motors when commands stop")
  .option('--listen <address>', 'where robot ends send commands to', '127.0.0.1')
  .option('--port <n>', 'its port', integer, 6010)
  .option('--host <address>', 'where the bridge runs', '127.0.0.1')
  .option('--commands-port <n>', "the bridge's PULL socket", integer, 6000)
  .option('--kd <gain>', 'of the damping, N·m·s/rad', positive, 5)
  .action(robotGuard)
for (const command of machines)
  command.option('--simulator', 'what is there is simulated: nobody has to hold the space bar')
for (const command of [...simulatedRobots, ...machines]) {
  command
    .option('--robot <name>', 'which one', 'g1-29')
    .option('--plan <policy>', 'prepare gains and start pose for this policy')
    .option('--self-collision <m>', 'how far its parts stay apart; 0: any', notNegative, 0.005)
    .option('--port <n>', 'port of its hub on this machine', integer, 8790)
    .option('--page', 'serve the page that shows it')
    .option('--seconds <n>', 'stop after this much time', positive)
    .option('--json', 'print a summary as the last line')
}

program
  .command('control')
  .description('command a robot on the wire with a policy')
  .argument('[policy]', 'a folder with an imported policy; default: hold the pose')
  .option('--robot <name>', 'the robot to hold, without a policy')
  .option('--url <ws>', "the robot's hub", 'ws://127.0.0.1:8790/stream')
  .option('--token <token>', 'where the hub wants one')
  .option('--speed <m/s>', 'commanded velocity, forward', Number, 0.5)
  .option(
    '--drill',
    'fall silent once, then wait until the link has been watched: for a real robot',
  )
  .option('--seconds <n>', 'stop after this time', positive)
  .option('--json', 'print a summary as the last line')
  .action(control)

for (const { command, port } of [
  {
    command: program
      .command('foxglove')
      .description('show what a hub publishes in Foxglove or Lichtblick, pause it, stop it')
      .action(foxglove),
    port: 8765,
  },
  {
    command: program
      .command('rosbridge')
      .description('let web pages with roslib watch, drive and stop what a hub runs')
      .action(rosbridge),
    port: 9090,
  },
]) {
  command
    .option('--url <ws>', 'the hub', 'ws://127.0.0.1:8787/stream')
    .option('--token <token>', 'where the hub wants one')
    .option('--port <n>', 'port on this machine', integer, port)
    .option('--origin <url>', 'a page that may connect; may be repeated', list, [])
    .option('--show', 'only show: nothing is driven, paused or stopped')
}
program
  .command('faults')
  .description('what can go wrong between a controller and a joint, tried')
  .option('--frames <n>', 'malformed frames', integer, 100_000)
  .option('--schedules <n>', 'random lives of a robot with faults', integer, 100)
  .option('--full', 'a million malformed frames and a thousand schedules, as before a release')
  .option('--seed <n>', 'seed of the first schedule', integer, 1)
  .option('--json', 'print the result as the last line')
  .action(faults)
evaluate
  .command('primitives')
  .description('walking, reaching, squatting and stepping alone, with pushes')
  .option('--robot <name>', 'the robot', 'h1')
  .option('--skill <name>', 'only this one')
  .option('--episodes <n>', 'per skill, 20 s each', integer, 256)
  .option('--seed <n>', 'seed of the starts', integer, 1000)
  .option('--card', "write the results into the policies' manifests")
  .option('--page', 'keep the results in docs/skillbench and write docs/skillbench.md')
  .option('--docs <folder>', 'folder of the page instead of docs')
  .option('--json', 'print the result as the last line')
  .action(evaluatePrimitives)
evaluate
  .command('skillbench')
  .description('the eight SkillBench tasks by every controller that was trained')
  .option('--robot <name>', 'the robot', 'h1')
  .option('--protocol <name>', 'paper or practical', 'paper')
  .option('--episodes <n>', 'per task; default 20 (paper) or 256 (practical)', integer)
  .option('--tasks <names>', 'only these, with commas between')
  .option('--controllers <names>', 'only these, with commas between')
  .option('--variant <name>', 'runs whose names end so, such as seed2 or without-walking')
  .option('--seeds <n>', 'the first n runs of each policy, to compare controllers', integer)
  .option('--seed <n>', 'seed of the starts', integer, 1000)
  .option('--page', 'keep the results in docs/skillbench and write docs/skillbench.md')
  .option('--docs <folder>', 'folder of the page instead of docs')
  .option('--json', 'print the result as the last line')
  .action(evaluateSkillbench)

program
  .command('bench')
  .description('speed and accuracy of physics, training and policies, as ratios')
  .argument(
    '[what]',
    'all; viewer: the page in a browser; tab: demos without a server; stream: watching and commanding',
    'all',
  )
  .option('--rounds <n>', 'measurements of each kind; the median counts', positive, 5)
  .option('--envs <n>', 'robots in one world', positive, 64)
  .option('--minutes <n>', "how long the page's heap is watched", positive, 5)
  .option('--seconds <n>', 'length of each run of the stream', positive, 20)
  .option('--demo <name>', `what viewers of the stream watch: ${demoNames.join(', ')}`, 'arm')
  .option('--soak <minutes>', 'how long the stream is watched for leaks; 0: not', notNegative, 10)
  .option('--json', 'print the result as one line of JSON')
  .action(bench)

/** Run the command line; returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    await program.parseAsync([...argv])
    return 0
  } catch (error) {
    if (error instanceof UserError) {
      process.stderr.write(`${error.message}\n`)
      return 2
    }
    // Commander has printed its own message already; --help is not a failure.
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('commander.')) {
      return 'exitCode' in error && error.exitCode === 0 ? 0 : 2
    }
    throw error
  }
}

process.exit(await main(process.argv))
