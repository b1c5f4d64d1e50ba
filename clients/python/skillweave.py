"""Skillweave in plain Python: read a robot's joints by name and command them. Needs `websockets` >= 10.

    from skillweave import Robot

    robot = Robot('ws://127.0.0.1:8790/stream')
    print(robot.read()['q'])                     # {'waist_yaw': 0.01, ...}, rad (m for sliding joints)
    robot.take()                                 # lease, pre-flight, pose, start: the robot holds its pose
    robot.targets['waist_yaw'] = 0.3             # rad; approached at robot.speed, then held
    robot.wait(2)
    print(robot.read()['q']['waist_yaw'], robot.state)
    robot.give_back()

The wire is described in docs/protocol.md. A program that stops, hangs or is killed stops commanding, and the
robot falls back by itself. Nothing here is a safety function.
"""
import asyncio
import json
import struct
import threading
import time

import websockets

CODES = {'u8': 'B', 'i8': 'b', 'u16': 'H', 'i16': 'h', 'u32': 'I', 'i32': 'i', 'f32': 'f', 'f64': 'd'}
STATES = 'offline idle armed posing posed active holding damping stopped'.split()
PERIOD_S = 0.02
VALID_FOR_MS = 80


class Refused(Exception):
    """The hub or the robot said no; the text says why."""


def decode(channel, frame):
    """Header and fields of a frame of a declared channel."""
    _kind, _flags, channel_id, seq, stamp = struct.unpack_from('<BBHId', frame)
    if channel_id != channel['id'] or len(frame) != channel['bytes']:
        raise ValueError(f"not a frame of {channel['name']}")
    values = {}
    for field in channel['fields']:
        raw = struct.unpack_from(f"<{field['count']}{CODES[field['type']]}", frame, field['at'])
        scale, offset = field.get('scale', 1), field.get('offset', 0)
        values[field['name']] = [x * scale + offset for x in raw]
    return seq, stamp, values


def encode(channel, seq, stamp, values):
    """A frame of a declared channel."""
    frame = bytearray(channel['bytes'])
    struct.pack_into('<BBHId', frame, 0, channel['kind'], 0, channel['id'], seq & 0xFFFFFFFF, stamp)
    for field in channel['fields']:
        raw = [(x - field.get('offset', 0)) / field.get('scale', 1) for x in values[field['name']]]
        if field['type'][0] != 'f':
            raw = [round(x) for x in raw]
        struct.pack_into(f"<{field['count']}{CODES[field['type']]}", frame, field['at'], *raw)
    return bytes(frame)


class Robot:
    """A robot on the wire. Its network runs in a thread of its own."""

    def __init__(self, url, token=None, name=None, timeout=5):
        self.joints, self.targets, self.gains = [], {}, {}
        self.speed = 0.5  # rad/s or m/s at which targets are approached
        self._sent = {}
        self.state = 'unknown'
        self._name, self._error = name, None
        self._channels, self._sensed, self._calls = {}, None, {}
        self._call_id = self._seq = self._beat = self._epoch = 0
        self._next_s, self._is_commanding = 0.0, False
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_until_complete, args=(self._run(url, token),), daemon=True).start()
        self._until(lambda: self._sensed is not None, timeout, 'a robot that publishes its state')

    def read(self):
        """The newest state: time_s, and q, dq, tau by joint name; imu lists as they are."""
        stamp, values = self._sensed
        by_name = {key: dict(zip(self.joints, values[key])) for key in ('q', 'dq', 'tau')}
        return {'time_s': stamp, **by_name, **{k: values[k] for k in ('imuQuat_wb', 'gyro_b', 'accel_b')}}

    def take(self, kp=1e4, kd=1e3, timeout=10):
        """Become the one who commands, and hold the pose. The robot cuts `kp`, `kd` to its own: by default, those."""
        command = self._channels['robot.command']
        self._epoch = self.call('lease.request', layoutHash=command['hash'])['epoch']
        self.targets.update(self.read()['q'])
        self._sent = dict(self.targets)
        self.gains = {joint: (kp, kd) for joint in self.joints}
        self._is_commanding = True
        preflight = self.call('preflight.run')
        if not preflight['passed']:
            raise Refused('; '.join(preflight['failures']))
        self.call('robot.pose')
        self._until(lambda: self.state == 'posed', timeout, 'the robot to be posed')
        self.targets.update(self.read()['q'])
        self._sent = dict(self.targets)
        self.wait(0.2)
        self.call('robot.start')
        self._until(lambda: self.state == 'active', timeout, 'the robot to be active')

    def give_back(self):
        """Damp, and let others command."""
        self.call('robot.damp')
        self._is_commanding = False
        self.call('lease.release')

    def stop(self):
        """Software stop, category 1: damp at once. Latched at the robot; an operator resets it."""
        self._send(struct.pack('<BBHIdIBBHd', 5, 0, 0, 0, 0.0, 1, 1, 10, 65535, 0.0))

    def wait(self, seconds):
        """Until so much time has passed on the robot's clock."""
        end = self._sensed[0] + seconds
        self._until(lambda: self._sensed[0] >= end, 10 * seconds + 5, f'{seconds} s of the robot')

    def call(self, method, timeout=5, **params):
        """Ask the robot for something; returns its answer or raises Refused."""
        self._call_id += 1
        call_id, answer = self._call_id, []
        self._calls[call_id] = answer
        params = {'robot': self._name, **params}
        self._send(json.dumps({'op': 'call', 'id': call_id, 'method': method, 'params': params}))
        self._until(lambda: answer, timeout, f'an answer to {method}')
        result = answer[0]
        if not result['ok']:
            raise Refused(f"{method}: {result['error']['text']}")
        return result['value']

    def _until(self, is_so, timeout, what):
        end = time.monotonic() + timeout
        while not is_so():
            self._raise()
            if time.monotonic() > end:
                raise TimeoutError(f'waited {timeout} s for {what}')
            time.sleep(0.005)

    def _raise(self):
        if self._error:
            raise self._error

    def _send(self, message):
        asyncio.run_coroutine_threadsafe(self._socket.send(message), self._loop).result(5)

    async def _run(self, url, token):
        try:
            async with websockets.connect(url, subprotocols=['skillweave.v1'], compression=None) as self._socket:
                hello = {'op': 'hello', 'role': 'controller', 'client': {'name': 'python', 'version': '1'}, 'rev': 2, 'features': []}
                await self._socket.send(json.dumps({**hello, 'token': token} if token else hello))
                async for message in self._socket:
                    await (self._text(json.loads(message)) if isinstance(message, str) else self._binary(message))
            self._error = Refused('the hub closed the connection')
        except Exception as error:  # whatever ends the thread is raised in the caller's
            self._error = self._error or error

    async def _text(self, message):
        op = message['op']
        if op == 'channels':
            for channel in message['list']:
                if not channel['name'].startswith('robot.') or self._name not in (None, channel.get('robot')):
                    continue
                self._name = channel['robot']
                self._channels[channel['name']] = channel
                if channel['name'] == 'robot.state':
                    self.joints = channel['labels']['joints']
                    await self._socket.send(json.dumps({'op': 'subscribe', 'channel': channel['id']}))
        elif op == 'result':
            self._calls.pop(message['id'], []).append(message)
        elif op == 'error':
            self._error = Refused(message['text'])

    async def _binary(self, frame):
        kind = frame[0]
        channel = self._channels.get('robot.state')
        if kind == 4:  # a beat: answer it, or the hub takes us for dead
            (stamp,) = struct.unpack_from('<d', frame, 8)
            self._beat += 1
            await self._socket.send(struct.pack('<BBHIddfBBH', 4, 0, 0, self._beat, time.monotonic(), stamp, 0.0, 0, 0, 0))
        elif kind == 1 and channel and len(frame) == channel['bytes']:
            seq, stamp, values = decode(channel, frame)
            self.state = STATES[int(values['state'][0])]
            self._sensed = (stamp, values)
            await self._socket.send(struct.pack('<BBHId', 8, 0, channel['id'], seq, time.monotonic()))
            if self._is_commanding and stamp >= self._next_s - 1e-6:
                self._next_s = stamp + PERIOD_S
                await self._command(seq, stamp)

    async def _command(self, state_seq, stamp):
        self._seq += 1
        zeros = [0.0] * len(self.joints)
        step = self.speed * PERIOD_S
        for joint, sent in self._sent.items():
            self._sent[joint] = sent + min(step, max(-step, self.targets[joint] - sent))
        values = {
            'leaseEpoch': [self._epoch], 'stateSeq': [state_seq], 'stateTime_s': [stamp],
            'validFor_ms': [VALID_FOR_MS], 'plan': [0], 'zero': [0],
            'qTarget': [self._sent[j] for j in self.joints], 'dqTarget': zeros, 'tauFf': zeros,
            'kp': [self.gains[j][0] for j in self.joints], 'kd': [self.gains[j][1] for j in self.joints],
        }
        await self._socket.send(encode(self._channels['robot.command'], self._seq, stamp, values))
