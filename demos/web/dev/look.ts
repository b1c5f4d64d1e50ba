import { quatExp, quatMul, quatConj, quatRotate } from '@skillweave/math'
import * as model from '@skillweave/model'
import { describeRobot, describeObject, jointSlots } from '@skillweave/protocol'
import { createViewer } from '@skillweave/viewer'
import { hoopObject, ballObject } from '@skillweave/tasks'
const Q = new URLSearchParams(location.search)
const name = Q.get('robot') ?? 'ballplayer'
const robot = (model as any)[name] ?? (model as any).robots[name]
const d = describeRobot({ id: 'r', robot })
const canvas = document.getElementById('c') as HTMLCanvasElement
const v = createViewer(canvas, { theme: (Q.get('theme') ?? 'dark') as any, quality: (Q.get('q') ?? 'medium') as any, reducedMotion: true })
;(window as any).v = v
const court = Q.get('court') !== '0' && name !== 'arm7'
const hoopX = 3.6
const objects = court ? [describeObject(ballObject('regulation') as any), describeObject(hoopObject(2.6) as any)] : []
v.setScene({ title: 't', ground: {}, objects, ...(court ? { court: { hoop_w: [hoopX, 0, 0], yaw: Math.PI, width: 15, length: 14, arcRadius: 6.75, keyWidth: 4.9, keyLength: 5.8 } } : {}) } as any)
v.setSize(innerWidth, innerHeight, 1)
v.setRobots([d])
v.setWorld({ targets: court ? [{ name: 'spot', pos_w: [-1.2, 1.2, 0] }] : [] })
let q = [...d.qDefault]
let z = d.standingHeight
if (Q.get('pose') === 'stand' && robot.poses) { q = [...robot.poses.standing.q]; z = robot.poses.standing.baseHeight }
const slots = jointSlots(d)
const values: Record<string, number[]> = { basePos_w: [0, 0, d.base === 'floating' ? z : 0], baseQuat_wb: [...d.standingQuat], slides: [], hinges: [], balls: [], objectPos_w: [0.42, -0.32, 0.5, hoopX, 0, 0], objectQuat_w: [0.3, 0.2, 0.1, 0.927, 0, 0, 1, 0] }
const h = Math.sqrt(0.09 + 0.04 + 0.01 + 0.859)
d.joints.forEach((j, i) => {
  const s = slots[i]
  if (s.field === 'balls') { const e = quatExp([q[j.dof], q[j.dof + 1], q[j.dof + 2]]); for (let k = 0; k < 4; k++) values.balls[s.index + k] = e[k] }
  else values[s.field][s.index] = q[j.dof]
})
void h; void quatMul; void quatConj; void quatRotate
v.showBodies('r', values as any)
const cam = Q.get('cam')
let t = 100
const step = () => { for (let i = 0; i < 40; i++) v.render((t += 100)) }
step()
if (cam) { v.setCamera(cam as any); step() }
v.setTheme((Q.get('theme') ?? 'dark') as any)
v.render((t += 16))
;(window as any).step = () => v.render((t += 16))
;(window as any).ready = JSON.stringify({ ...v.stats(), links: 0 })
