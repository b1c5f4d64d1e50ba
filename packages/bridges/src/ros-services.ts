import type { StreamClient } from '@skillweave/stream/client'
import { createRobotServices } from './robot-services.ts'
import { rosTopics } from './ros-messages.ts'

export interface ServiceResult {
  readonly ok: boolean
  readonly values: unknown
}

/** Services that ROS pages may call. */
export interface RosServices {
  /** Never rejects: what fails says so in its result. */
  call(service: string, args: unknown): Promise<ServiceResult>
}

interface Service {
  readonly type: string
  run(args: Readonly<Record<string, unknown>>): unknown | Promise<unknown>
}

/** `robot`: whom `/hold` concerns, as the hub names it. */
export function createRosServices(
  client: StreamClient,
  robot: () => string | undefined,
): RosServices {
  const { stop, hold } = createRobotServices(client, robot)
  const topicNames = [...rosTopics.map((t) => t.name), '/cmd_vel']
  const topicTypes = [...rosTopics.map((t) => t.type), 'geometry_msgs/Twist'].map(ros2Type)
  const services: Readonly<Record<string, Service>> = {
    '/stop': { type: 'std_srvs/srv/Trigger', run: stop },
    '/hold': { type: 'std_srvs/srv/Trigger', run: hold },
    '/rosapi/topics': {
      type: 'rosapi_msgs/srv/Topics',
      run: () => ({ topics: topicNames, types: topicTypes, typedefs_full_text: [] }),
    },
    '/rosapi/topic_type': {
      type: 'rosapi_msgs/srv/TopicType',
      run: ({ topic }) => ({ type: topicTypes[topicNames.indexOf(String(topic))] ?? '' }),
    },
    '/rosapi/topics_for_type': {
      type: 'rosapi_msgs/srv/TopicsForType',
      run: ({ type }) => ({ topics: topicNames.filter((_, i) => topicTypes[i] === type) }),
    },
    '/rosapi/services': {
      type: 'rosapi_msgs/srv/Services',
      run: () => ({ services: Object.keys(services) }),
    },
    '/rosapi/service_type': {
      type: 'rosapi_msgs/srv/ServiceType',
      run: ({ service }) => ({ type: services[String(service)]?.type ?? '' }),
    },
    '/rosapi/nodes': { type: 'rosapi_msgs/srv/Nodes', run: () => ({ nodes: ['/skillweave'] }) },
    '/rosapi/get_time': {
      type: 'rosapi_msgs/srv/GetTime',
      run: () => {
        const ns = Math.round(client.now_s() * 1e9)
        const [sec, nanosec] = [Math.floor(ns / 1e9), ns % 1e9]
        return { time: { sec, nanosec, secs: sec, nsecs: nanosec } }
      },
    },
  }

  return {
    call: async (asked, args) => {
      // roslib asks for `rosapi/topics`: names are taken from the root.
      const name = asked.startsWith('/') ? asked : `/${asked}`
      if (!Object.hasOwn(services, name)) {
        const known = Object.keys(services).join(', ')
        return { ok: false, values: `no service ${name}; there are ${known}` }
      }
      const record = typeof args === 'object' && args !== null ? args : {}
      return { ok: true, values: await services[name].run(record as Record<string, unknown>) }
    },
  }
}

const ros2Type = (type: string): string => type.replace('/', '/msg/')
