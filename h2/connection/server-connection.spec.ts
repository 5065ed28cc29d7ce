import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Exchange } from '../engine.ts';
import { errorCodes } from '../frames/index.ts';
import { begin, framesOf, Talk } from '../testing/index.ts';

const post = ':method=POST :scheme=http :path=/a';
const respond = { ':status': 200 };
const {
  protocolError,
  flowControlError,
  streamClosed,
  frameSizeError,
  refusedStream,
  compressionError,
  enhanceYourCalm,
} = errorCodes;

function begun(limits: ConstructorParameters<typeof Talk>[0] = {}): Talk {
  const talk = new Talk(limits).say(...begin);
  expect(talk.heard()).toEqual(['SETTINGS ack']);
  return talk;
}

describe('a request', () => {
  it('is told as it comes, and answered with headers, body and trailers in one run', () => {
    const talk = begun();
    talk.onRequestEnded = (exchange) => {
      exchange.respond(respond);
      exchange.write(Buffer.from('answer'));
      exchange.end({ 'grpc-status': 0 });
    };
    talk.say(`HEADERS 1 ${post}`, 'DATA 1 pad=3 ques', 'DATA 1 end tion');
    expect(talk.told).toEqual(['1 POST /a', '1 data ques', '1 data tion', '1 ended', '1 closed']);
    expect(talk.heard()).toEqual([
      'HEADERS 1 :status=200',
      'DATA 1 answer',
      'HEADERS 1 end grpc-status=0',
    ]);
    // The SETTINGS were confirmed in the first.
    expect(talk.sent).toHaveLength(2);
  });

  it('of a paused handler keeps nothing else alive that was read with it', () => {
    const talk = begun();
    talk.onExchange = (exchange) => exchange.pause();
    const read = framesOf([`HEADERS 1 ${post}`, 'DATA 1 end held']);
    talk.receive(read);
    read.fill(0);
    talk.exchanges[0]?.resume();
    expect(talk.told).toEqual(['1 POST /a', '1 data held', '1 ended']);
  });

  it('that goes on may be kept piece by piece, without all that was read with it', () => {
    const talk = begun();
    const kept: Uint8Array[] = [];
    talk.onData = (chunk) => kept.push(chunk);
    const other = `HEADERS 3 end ${post} x=${'y'.repeat(8_000)}`;
    const read = framesOf([`HEADERS 1 ${post}`, 'DATA 1 first', 'DATA 1 *7000', other]);
    talk.receive(read);
    read.fill(0);
    expect(kept.map((chunk) => Buffer.from(chunk).toString())).toEqual([
      'first',
      Buffer.alloc(7_000).toString(),
    ]);
  });

  it('is told in order and once, wherever its handler pauses and goes on', () => {
    const talk = begun();
    const pauseAndGoOn = (exchange: Exchange): void => {
      exchange.pause();
      exchange.resume();
    };
    talk.onExchange = pauseAndGoOn;
    talk.onRequestEnded = pauseAndGoOn;
    talk.say(`HEADERS 1 end ${post}`, `HEADERS 3 ${post}`, 'DATA 3 end all');
    expect(talk.told).toEqual(['1 POST /a', '1 ended', '3 POST /a', '3 data all', '3 ended']);
  });

  it('is not looked at once a handler has cut the connection', () => {
    const talk = begun();
    talk.onExchange = ({ connection }) => connection.close();
    talk.say(`HEADERS 1 ${post}`, 'DATA 1 end all', `HEADERS 3 end ${post}`);
    expect(talk.told).toEqual(['1 POST /a']);
    talk.connection.lost();
    expect(talk.told).toEqual(['1 POST /a', '1 closed']);
  });

  it('may end with trailers', () => {
    const talk = begun().say(`HEADERS 1 ${post}`, 'DATA 1 all', 'HEADERS 1 end x=y');
    expect(talk.told).toEqual(['1 POST /a', '1 data all', '1 ended']);
  });

  it('may come in pieces that CONTINUATION carries on', () => {
    const [method, scheme, path] = post.split(' ');
    const talk = begun();
    talk.onExchange = (exchange) => talk.told.push(exchange.header('x') ?? 'none');
    talk.say(
      `HEADERS 1 end part ${method} ${scheme}`,
      `CONTINUATION 1 part ${path}`,
      'CONTINUATION 1 x=y',
    );
    expect(talk.told).toEqual(['1 POST /a', 'y', '1 ended']);
  });

  it('of a paused handler waits, costs the client its window, and goes on in order', () => {
    const talk = begun({ receiveWindowBytes: 100, connectionWindowBytes: 100 });
    talk.onExchange = (exchange) => exchange.pause();
    talk.say(`HEADERS 1 ${post}`, 'DATA 1 one', 'DATA 1 two', 'DATA 1 *60', 'DATA 1 end');
    expect(talk.told).toEqual(['1 POST /a']);
    expect(talk.heard()).toEqual([]);
    talk.exchanges[0]?.resume();
    talk.turn();
    expect(talk.told.slice(1)).toEqual([
      '1 data one',
      '1 data two',
      `1 data ${'x'.repeat(60)}`,
      '1 ended',
    ]);
    expect(talk.heard()).toEqual(['WINDOW_UPDATE 0 66']);
  });

  it('gives the client both windows back as it is taken', () => {
    const talk = begun({ receiveWindowBytes: 1_000, connectionWindowBytes: 2_000 });
    talk.say(`HEADERS 1 ${post}`, 'DATA 1 *499', 'DATA 1 *1', 'DATA 1 *500');
    expect(talk.heard()).toEqual([
      'WINDOW_UPDATE 1 500',
      'WINDOW_UPDATE 0 1000',
      'WINDOW_UPDATE 1 500',
    ]);
  });

  describe('that is answered before it is complete', () => {
    let talk: Talk;
    beforeEach(() => {
      talk = begun();
      talk.onExchange = (exchange) => exchange.end({ ':status': 400 });
      talk.say(`HEADERS 1 ${post}`, 'DATA 1 rest');
      expect(talk.heard()).toEqual(['HEADERS 1 end :status=400']);
    });
    const pass = (): void => {
      talk.connection.pass(1);
      talk.turn();
    };

    it('is passed over, and refused if it goes on', () => {
      pass();
      expect(talk.heard()).toEqual([]);
      pass();
      expect(talk.heard()).toEqual(['RST_STREAM 1 0']);
      talk.say('DATA 1 of it', 'WINDOW_UPDATE 1 5', 'HEADERS 1 end x=y', 'RST_STREAM 1 8');
      pass();
      pass();
      expect(talk.heard()).toEqual([]);
      expect(talk.told).toEqual(['1 POST /a', '1 closed']);
    });

    it.each(['DATA 1 end it', 'HEADERS 1 end x=y', 'RST_STREAM 1 8'])(
      'is not refused when the client ends it: %s',
      (end) => {
        pass();
        talk.say(end);
        pass();
        pass();
        expect(talk.heard()).toEqual([]);
      },
    );

    it('is refused at once when there are many of them', () => {
      const others = Array.from({ length: 70 }, (_, n) => `HEADERS ${3 + 2 * n} ${post}`);
      talk.say(...others);
      const refused = talk.heard().filter((frame) => frame.startsWith('RST_STREAM'));
      expect(refused).toHaveLength(7);
    });
  });
});

describe('an exchange', () => {
  it('tells its end when the turn is over, not from within', () => {
    const talk = begun();
    talk.onRequestEnded = (exchange) => {
      exchange.reset('internal');
      talk.told.push('reset was called');
    };
    talk.say(`HEADERS 1 end ${post}`);
    expect(talk.told).toEqual(['1 POST /a', '1 ended', 'reset was called', '1 closed']);
    expect(talk.heard()).toEqual(['RST_STREAM 1 2']);
  });

  it('says nothing after its end', () => {
    const talk = begun().say(`HEADERS 1 end ${post}`);
    const [exchange] = talk.exchanges;
    talk.say('RST_STREAM 1 8');
    expect(talk.told).toEqual(['1 POST /a', '1 ended', '1 closed']);
    exchange?.respond(respond);
    expect(exchange?.write(Buffer.from('late'))).toBe(true);
    exchange?.end({});
    exchange?.reset('internal');
    expect(talk.turn().heard()).toEqual([]);
  });

  it('is closed once when its connection is lost, whatever else ended it', () => {
    const talk = begun().say(`HEADERS 1 end ${post}`, `HEADERS 3 ${post}`, `HEADERS 5 ${post}`);
    talk.exchanges[0]?.end(respond);
    talk.exchanges[1]?.reset('refused');
    talk.connection.lost();
    talk.turn();
    expect(talk.told.filter((line) => line.endsWith('closed')).toSorted()).toEqual([
      '1 closed',
      '3 closed',
      '5 closed',
    ]);
    expect(talk.connection.exchanges).toBe(0);
  });
});

describe('a connection', () => {
  /** What is said after the beginning and a complete request on stream 1, and how the connection ends. */
  const broken: [string, number, ...string[]][] = [
    ['DATA on an idle stream', protocolError, 'DATA 3 x'],
    ['DATA on the connection', protocolError, 'DATA 0 x'],
    ['more padding than DATA', protocolError, `FRAME 0 8 1 05ffff`],
    ['HEADERS on an even stream', protocolError, `HEADERS 2 end ${post}`],
    ['a stream that is opened late', protocolError, `HEADERS 5 ${post}`, `HEADERS 3 ${post}`],
    ['HEADERS shorter than their flags say', frameSizeError, 'FRAME 1 36 3 00'],
    ['HEADERS of which nothing can be decoded', compressionError, 'FRAME 1 4 3 ff8080'],
    ['an interrupted header block', protocolError, `HEADERS 3 part ${post}`, 'PING 12345678'],
    [
      'a block continued on another stream',
      protocolError,
      `HEADERS 3 part ${post}`,
      'CONTINUATION 5 x=y',
    ],
    ['CONTINUATION of nothing', protocolError, 'CONTINUATION 1 x=y'],
    [
      'a header block that is too large',
      enhanceYourCalm,
      `HEADERS 3 part ${post}`,
      `CONTINUATION 3 x=${'!'.repeat(1000)}`,
    ],
    ['PRIORITY on the connection', protocolError, 'PRIORITY 0 3'],
    ['RST_STREAM on an idle stream', protocolError, 'RST_STREAM 3 8'],
    ['RST_STREAM of the wrong size', frameSizeError, 'FRAME 3 0 1 00'],
    ['SETTINGS on a stream', protocolError, 'FRAME 4 0 1 '],
    ['SETTINGS that are not pairs', frameSizeError, 'FRAME 4 0 0 00'],
    ['an acknowledgement with settings', frameSizeError, 'FRAME 4 1 0 000400000001'],
    ['a window over the limit', flowControlError, 'SETTINGS 4=2147483648'],
    ['a frame size under the limit', protocolError, 'SETTINGS 5=16383'],
    ['a frame size over the limit', protocolError, 'SETTINGS 5=16777216'],
    ['neither push nor none', protocolError, 'SETTINGS 2=2'],
    ['a push', protocolError, 'FRAME 5 4 1 00000002'],
    ['PING on a stream', protocolError, 'FRAME 6 0 1 0000000000000000'],
    ['PING of the wrong size', frameSizeError, 'PING 1234567'],
    ['GOAWAY on a stream', protocolError, 'FRAME 7 0 1 0000000000000000'],
    ['GOAWAY that is too short', frameSizeError, 'FRAME 7 0 0 00000000'],
    ['WINDOW_UPDATE of the wrong size', frameSizeError, 'FRAME 8 0 0 000000'],
    ['WINDOW_UPDATE by nothing', protocolError, 'WINDOW_UPDATE 0 0'],
    ['WINDOW_UPDATE over the limit', flowControlError, 'WINDOW_UPDATE 0 2147483647'],
    ['WINDOW_UPDATE on an idle stream', protocolError, 'WINDOW_UPDATE 3 1'],
    [
      'SETTINGS that overflow a window',
      flowControlError,
      'WINDOW_UPDATE 1 1',
      'SETTINGS 4=2147483647',
    ],
    [
      'more DATA than its window',
      flowControlError,
      `HEADERS 3 ${post}`,
      ...Array.from({ length: 6 }, () => 'DATA 3 *16000'),
    ],
  ];

  it.each(broken)('is ended by %s', (_, code, ...lines) => {
    const talk = begun({
      headerBlockBytesMax: 500,
      connectionWindowBytes: 80_000,
      receiveWindowBytes: 400_000,
    });
    talk.onExchange = (exchange) => exchange.pause();
    talk.say(`HEADERS 1 end ${post}`);
    talk.say(...lines, 'PING ignored!');
    expect(talk.heard().at(-1)).toMatch(new RegExp(`^GOAWAY \\d ${code}$`));
    expect(talk.socket).toBe('ended');
    expect(talk.told.filter((line) => line === '1 closed')).toHaveLength(1);
    expect(talk.connection.exchanges).toBe(0);
  });

  /** What is said after the beginning, and which stream alone it ends. */
  const refused: [string, number, number, ...string[]][] = [
    ['a request without :path', 1, protocolError, 'HEADERS 1 end :method=GET :scheme=http'],
    ['a request that depends on itself', 1, protocolError, 'FRAME 1 37 1 0000000100838684410178'],
    ['DATA after the end', 1, streamClosed, `HEADERS 1 end ${post}`, 'DATA 1 x'],
    ['HEADERS after the end', 1, streamClosed, `HEADERS 1 end ${post}`, 'HEADERS 1 end x=y'],
    ['trailers that do not end', 1, protocolError, `HEADERS 1 ${post}`, 'HEADERS 1 x=y'],
    [
      'trailers with a pseudo-header',
      1,
      protocolError,
      `HEADERS 1 ${post}`,
      'HEADERS 1 end :path=/',
    ],
    [
      'less body than announced',
      1,
      protocolError,
      `HEADERS 1 ${post} content-length=3`,
      'DATA 1 end ab',
    ],
    [
      'more body than announced',
      1,
      protocolError,
      `HEADERS 1 ${post} content-length=3`,
      'DATA 1 abcd',
    ],
    ['no body where one was announced', 1, protocolError, `HEADERS 1 end ${post} content-length=3`],
    [
      'trailers before the announced end',
      1,
      protocolError,
      `HEADERS 1 ${post} content-length=3`,
      'HEADERS 1 end x=y',
    ],
    [
      'more DATA than its window',
      1,
      flowControlError,
      `HEADERS 1 ${post}`,
      ...Array.from({ length: 5 }, () => 'DATA 1 *16000'),
    ],
    ['WINDOW_UPDATE by nothing', 1, protocolError, `HEADERS 1 ${post}`, 'WINDOW_UPDATE 1 0'],
    [
      'WINDOW_UPDATE over the limit',
      1,
      flowControlError,
      `HEADERS 1 ${post}`,
      'WINDOW_UPDATE 1 2147483647',
    ],
    ['PRIORITY of the wrong size', 1, frameSizeError, `HEADERS 1 ${post}`, 'FRAME 2 0 1 00000003'],
    ['PRIORITY on itself', 1, protocolError, `HEADERS 1 ${post}`, 'PRIORITY 1 1'],
    [
      'one request too many',
      5,
      refusedStream,
      `HEADERS 1 ${post}`,
      `HEADERS 3 ${post}`,
      `HEADERS 5 ${post}`,
    ],
    ['headers that are too large', 1, enhanceYourCalm, `HEADERS 1 ${post} x=${'y'.repeat(900)}`],
  ];

  it.each(refused)('refuses %s, and goes on', (_, stream, code, ...lines) => {
    const talk = begun({
      exchangesPerConnectionMax: 2,
      headerListBytesMax: 800,
      receiveWindowBytes: 66_000,
    });
    talk.onExchange = (exchange) => exchange.pause();
    talk.say(...lines, 'PING still_up');
    const heard = talk.heard().filter((line) => !line.startsWith('WINDOW_UPDATE'));
    expect(heard).toEqual([`RST_STREAM ${stream} ${code}`, 'PING ack still_up']);
    expect(talk.socket).toBe('open');
  });

  it('ignores what it does not know', () => {
    const talk = begun().say(
      'FRAME 77 255 9 00ff',
      'SETTINGS 9=1',
      'PRIORITY 9 3',
      'PING ack 12345678',
    );
    expect(talk.heard()).toEqual(['SETTINGS ack']);
    expect(talk.socket).toBe('open');
  });

  it('wants the preface, and SETTINGS first', () => {
    const first = new Talk().receive(Buffer.from('GET / HTTP/1.1\r\n\r\n')).turn();
    expect(first.heard()).toEqual([`GOAWAY 0 ${protocolError}`]);
    const second = new Talk().say('PREFACE', 'PING 12345678');
    expect(second.heard()).toEqual([`GOAWAY 0 ${protocolError}`]);
  });

  it('is cut when its client makes it say more than it reads', () => {
    const talk = begun({ unsentBytesMax: 1_000 });
    talk.block();
    for (let count = 0; count < 58; count += 1) talk.say('PING 12345678');
    expect(talk.socket).toBe('open');
    talk.say('PING 12345678');
    expect(talk.socket).toBe('cut');
  });

  it('says an empty table where the client takes none', () => {
    const talk = begun();
    talk.onRequestEnded = (exchange) => exchange.end({ ':status': 204 });
    talk.say('SETTINGS 1=0', `HEADERS 1 end ${post}`);
    expect([...(talk.sent.at(-1)?.subarray(-2) ?? [])]).toEqual([0x20, 0x89]);
  });

  it('does not mind where its client’s bytes are cut', () => {
    const bytes = framesOf([
      ...begin,
      `HEADERS 1 ${post} x=y`,
      'DATA 1 pad=2 hello',
      'PING 12345678',
      `HEADERS 3 part ${post}`,
      'CONTINUATION 3 x=z',
      'DATA 1 end',
      'DATA 3 bye',
      'RST_STREAM 3 8',
      'WINDOW_UPDATE 0 0',
    ]);
    const outcome = (cuts: readonly number[]) => {
      const talk = new Talk();
      talk.onRequestEnded = (exchange) => exchange.end(respond);
      let from = 0;
      for (const cut of [...cuts, bytes.length].toSorted((one, other) => one - other)) {
        talk.receive(bytes.subarray(from, cut));
        from = cut;
      }
      talk.turn();
      return { told: talk.told, heard: talk.heard(), socket: talk.socket };
    };
    const whole = outcome([]);
    expect(whole.told).toContain('3 data bye');
    for (let cut = 1; cut < bytes.length; cut += 1) expect(outcome([cut])).toEqual(whole);
    const cuts = fc.array(fc.nat(bytes.length - 1), { maxLength: 30 });
    fc.assert(
      fc.property(cuts, (at) => {
        expect(outcome(at)).toEqual(whole);
      }),
    );
  });
});

describe('a connection that goes away', () => {
  it('serves what was sent at the same instant, and refuses what comes later', () => {
    const talk = begun().say(`HEADERS 1 end ${post}`);
    talk.connection.goaway();
    talk.connection.goaway();
    expect(talk.isDeparting).toBe(true);
    expect(talk.turn().heard()).toEqual(['GOAWAY 2147483647 0', 'PING lastone?']);
    talk.say(`HEADERS 3 end ${post}`, 'PING ack anybody?');
    expect(talk.heard()).toEqual([]);
    talk.say('PING ack lastone?');
    expect(talk.heard()).toEqual(['GOAWAY 3 0']);
    talk.say(`HEADERS 5 end ${post}`, 'DATA 5 x');
    expect(talk.told.filter((line) => line.endsWith('/a'))).toHaveLength(2);
    for (const exchange of talk.exchanges) exchange.end(respond);
    expect(talk.turn().heard()).toEqual(['HEADERS 1 end :status=200', 'HEADERS 3 end :status=200']);
    expect(talk.socket).toBe('ended');
  });

  it('has to go away before a client has heard of it', () => {
    const talk = begun().say('PING ack lastone?');
    expect(talk.heard()).toEqual([]);
    expect(talk.socket).toBe('open');
  });

  it('says its last stream, too, when nobody answers', () => {
    const talk = begun().say(`HEADERS 1 end ${post}`);
    talk.connection.goaway();
    talk.turn().heard();
    talk.connection.goawayOverdue();
    expect(talk.turn().heard()).toEqual(['GOAWAY 1 0']);
    expect(talk.socket).toBe('open');
  });

  it('ends with its last exchange when the client goes away', () => {
    const talk = begun().say(`HEADERS 1 end ${post}`, 'GOAWAY 0 0');
    expect(talk.socket).toBe('open');
    talk.exchanges[0]?.end(respond);
    expect(talk.turn().heard()).toEqual(['HEADERS 1 end :status=200', 'GOAWAY 1 0']);
    expect(talk.socket).toBe('ended');
  });
});
