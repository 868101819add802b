/** 100 starts on this computer while windows are killed, agents die or keep silent, and others lock the file. */
import { chaos, lineOf } from '../support/chaos/chaos';
import { localPlace } from '../support/chaos/localPlace';

describe('chaos on this computer', function () {
  this.timeout(240_000);

  it('ends 100 starts, each with one job, whatever is killed on the way', async () => {
    const place = await localPlace(100, 7);
    try {
      console.log(`      ${lineOf(await chaos(place, { seed: 7, kills: 5, batch: 20, windowMs: 120_000 }))}`);
    } finally {
      await place.dispose();
    }
  });
});
