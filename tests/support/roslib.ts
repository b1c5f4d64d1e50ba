import * as published from 'roslib'

/** What the tests use of `roslib`. Its own declarations do not resolve under Node's rules. */
interface RosLib {
  Ros: new (options: { url: string }) => Ros
  Topic: new <T>(options: {
    ros: Ros
    name: string
    messageType: string
    compression?: string
    throttle_rate?: number
  }) => {
    subscribe(listener: (message: T) => void): void
    unsubscribe(): void
    publish(message: object): void
  }
  Service: new <A, R>(options: {
    ros: Ros
    name: string
    serviceType: string
  }) => {
    callService(args: A, done: (result: R) => void, failed: (text: string) => void): void
  }
}

interface Ros {
  readonly isConnected: boolean
  readonly transport?: { on(event: string, listener: (value: never) => void): void }
  on(event: string, listener: (value: never) => void): void
  close(): void
  getTopics(done: (result: never) => void, failed: (text: string) => void): void
  getServices(done: (result: never) => void, failed: (text: string) => void): void
}

export const ROSLIB = published as unknown as RosLib
