import assert from 'node:assert/strict';
import { networkNamed } from '../../../src/plugins/recognition/learning/network/catalogue.js';
import { mini } from '../../../src/plugins/recognition/learning/network/mini.js';
import { nn4 } from '../../../src/plugins/recognition/learning/network/nn4.js';
import {
  initialise,
  parameterCount,
  parameters,
} from '../../../src/plugins/recognition/learning/network/parameters.js';
import { layoutOf } from '../../../src/plugins/recognition/learning/network/shapes.js';

const AT_96 = { height: 96, width: 96 };

describe('networks', () => {
  it('have the parameter counts that OpenFace publishes', () => {
    assert.equal(parameterCount(nn4('nn4', AT_96)), 6_959_088);
    assert.equal(parameterCount(nn4('nn4.small1', AT_96)), 5_579_520);
    assert.equal(parameterCount(nn4('nn4.small2', AT_96)), 3_733_968);
  });

  it('have the maps of the definition at 96x96', () => {
    const maps = new Map(layoutOf(nn4('nn4', AT_96)).units.map(({ layer, output }) => [layer.name, output]));
    assert.deepEqual(maps.get('conv1'), { height: 48, width: 48, channels: 64 });
    assert.deepEqual(maps.get('3b.pool'), { height: 10, width: 10, channels: 64 });
    assert.deepEqual(maps.get('3c.3x3'), { height: 6, width: 6, channels: 256 });
    assert.deepEqual(maps.get('5a.pool'), { height: 1, width: 1, channels: 128 });
    assert.deepEqual(maps.get('5b.1x1'), { height: 3, width: 3, channels: 384 });
  });

  it('keep the count at other input sizes, and say so where an input is too small', () => {
    assert.equal(parameterCount(nn4('nn4.small2', { height: 112, width: 96 })), 3_733_968);
    const tiny = networkNamed('nn4', { height: 32, width: 32 });
    assert.ok(!tiny.ok);
    assert.equal(tiny.error[0]!.code, 'learning/input-too-small');
    const unknown = networkNamed('resnet', AT_96);
    assert.ok(!unknown.ok);
    assert.equal(unknown.error[0]!.code, 'learning/unknown-network');
  });

  it('mini costs a few million multiply-adds', () => {
    const cost = layoutOf(mini({ height: 48, width: 48 })).multiplyAdds;
    assert.ok(cost > 3e6 && cost < 8e6, `${cost}`);
  });

  it('start from weights within 1 / sqrt(fan-in) that the seed alone decides', () => {
    const network = mini({ height: 48, width: 48 });
    const first = initialise(network, 7);
    assert.deepEqual(initialise(network, 7)['conv3.kernel'], first['conv3.kernel']);
    assert.notDeepEqual(initialise(network, 8)['conv3.kernel'], first['conv3.kernel']);
    for (const { name, role, fanIn } of parameters(network)) {
      const largest = first[name]!.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      if (role === 'kernel') assert.ok(largest <= 1 / Math.sqrt(fanIn) && largest > 0.95 / Math.sqrt(fanIn), name);
      if (role === 'scale') assert.ok(largest <= 1 && largest > 0.8, name);
      if (role === 'offset') assert.equal(largest, 0, name);
    }
  });
});
