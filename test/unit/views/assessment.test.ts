import assert from 'node:assert/strict';
import { assessmentToJson, parseAssessment, triggersOf, type Assessment } from '../../../src/flows/assessment';
import { AcceleratorError } from '../../../src/flows/errors';
import {
  AssessmentController,
  type AssessmentActions,
  type AssessmentKey,
} from '../../../src/views/assessment/controller';
import { assessmentId, keptText, parseKept, type AssessmentRequest } from '../../../src/views/assessment/kept';
import type { HostMessage } from '../../../src/views/assessment/protocol';
import { until } from '../../support/until';

const REQUEST: AssessmentRequest = { label: 'flows', sources: ['/estate/a.xml'], place: 'disk' };
const ASSESSMENT: Assessment =
  parseAssessment(
    JSON.stringify({
      version: 1,
      total: { flows: 1, levels: { converted: 2, not_needed: 3 }, order: ['/estate/a.xml'] },
      flows: [
        {
          source: '/estate/a.xml',
          name: 'A',
          processors: 5,
          levels: { converted: 2, not_needed: 3 },
          schedules: {
            sources: ['60 sec', '1 mins', '0 sec', '7 days', '90 sec', '1.5 hours', 'soon', ''].map((period) => ({
              strategy: 'TIMER_DRIVEN',
              period,
            })),
          },
          error: null,
        },
      ],
    }),
  ) ?? assert.fail('it is an assessment');

/** What outlives a window, in memory. */
class Kept {
  readonly texts = new Map<string, string>();
  fault: AcceleratorError | null = null;
  opened: string[] = [];
  cut = false;

  readonly actions: AssessmentActions = {
    assess: async (_request, onProgress, signal) => {
      onProgress({ stage: 'fetch', done: 1, total: 2, source: 'x' });
      if (this.fault !== null) throw this.fault;
      if (this.cut)
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new AcceleratorError('cancelled', 'cancelled'))),
        );
      return ASSESSMENT;
    },
    keep: async (id, kept) => void this.texts.set(id, keptText(kept)),
    kept: async (id) => parseKept(this.texts.get(id) ?? ''),
    save: async () => undefined,
    copy: async () => undefined,
    openSource: async (_request, source) => void this.opened.push(source),
    mendingTitle: () => null,
    mend: async () => undefined,
  };

  open(key: AssessmentKey): { readonly controller: AssessmentController; readonly said: HostMessage[] } {
    const said: HostMessage[] = [];
    const link = { post: (message: HostMessage) => void said.push(message), setTitle: () => undefined };
    return {
      controller: new AssessmentController({ key, actions: this.actions, folders: [], log: () => undefined, link }),
      said,
    };
  }
}

describe('an assessment and its page', () => {
  const types = (said: readonly HostMessage[]): readonly string[] => said.map(({ type }) => type);

  it('is shown again after a reload, with its figures and its time, without a second reading', async () => {
    const kept = new Kept();
    const { controller, said } = kept.open({ request: REQUEST, kept: null });
    controller.assess();
    const report = await until('report', () => said.find((message) => message.type === 'report'));
    await until('a kept result', () => parseKept(kept.texts.get(assessmentId(REQUEST)) ?? '')?.done);
    controller.dispose();

    kept.fault = new AcceleratorError('internal', 'it must not be read again');
    const restored = kept.open({ request: REQUEST, kept: await kept.actions.kept(assessmentId(REQUEST)) });
    restored.controller.receive({ type: 'ready' });
    assert.deepEqual(restored.said, [{ type: 'opened', id: assessmentId(REQUEST) }, report]);
    restored.controller.receive({ type: 'openSource', index: 0 });
    await until('opened source', () => kept.opened.includes('/estate/a.xml'));
  });

  it('says so where the window was closed in the middle, and reads again when asked', async () => {
    const kept = new Kept();
    kept.cut = true;
    const first = kept.open({ request: REQUEST, kept: null });
    first.controller.assess();
    await until('a kept request', () => kept.texts.has(assessmentId(REQUEST)));
    first.controller.dispose();

    const { controller, said } = kept.open({
      request: REQUEST,
      kept: await kept.actions.kept(assessmentId(REQUEST)),
    });
    controller.receive({ type: 'ready' });
    const cut = said.find((message) => message.type === 'failed');
    assert.deepEqual([cut?.message, cut?.button], ['The window was closed before it ended.', 'Assess again']);
    kept.cut = false;
    controller.receive({ type: 'mend' });
    await until('report', () => types(said).includes('report'));
  });

  it('is there all the same where nothing can be kept', async () => {
    const kept = new Kept();
    const actions = { ...kept.actions, keep: () => Promise.reject(new Error('the disk is full')) };
    const said: HostMessage[] = [];
    const controller = new AssessmentController({
      key: { request: REQUEST, kept: null },
      actions,
      folders: [],
      log: () => undefined,
      link: { post: (message) => void said.push(message), setTitle: () => undefined },
    });
    controller.assess();
    await until('report', () => types(said).includes('report'));
  });

  it('tells sources of this computer and of the workspace apart, and nothing else', () => {
    assert.notEqual(assessmentId(REQUEST), assessmentId({ ...REQUEST, place: 'workspace' }));
    assert.equal(assessmentId(REQUEST), assessmentId({ ...REQUEST, label: 'the same' }));
  });

  it('leaves the product in the form that the converter writes', () => {
    const json = assessmentToJson(ASSESSMENT);
    assert.match(json, /"not_needed": 3/);
    assert.doesNotMatch(json, /notNeeded/);
    assert.deepEqual(parseAssessment(json), ASSESSMENT);
  });

  it('takes no file of another version or another hand', () => {
    for (const text of ['', '{', '{"version": 2}', '[]', '{"version": 1, "request": {}}']) {
      assert.equal(parseKept(text), null, text);
    }
    const broken = parseKept(
      JSON.stringify({ version: 1, request: REQUEST, done: { at: new Date().toISOString(), assessment: '{}' } }),
    );
    assert.deepEqual(broken, { request: REQUEST, done: null }, 'a result that cannot be read counts as cut off');
  });

  it('counts periods that are the same as one', () => {
    const [flow] = ASSESSMENT.flows;
    assert.deepEqual(flow === undefined ? [] : triggersOf(flow), [
      'every 1 min',
      'always',
      'every 7 d',
      'every 90 s',
      'every 90 min',
      'every soon',
    ]);
  });
});
