/**
 * Turns what a verifier and its replay store tell into metrics. Copy this file: it is all that it takes.
 *
 *     const { onEvent, onFloorRaised } = verifierMetrics(metrics.getMeter('bank'))
 *     const replayStore = createMemoryReplayStore({ onFloorRaised })
 *     const verify = createVerifier({ keys, origin, replayStore, onEvent })
 *
 * Every attribute is one of a closed set, so that no client can make up time series. A keyid would be one of your own
 * keys (it is only told once its signature has verified): add it where there are few.
 *
 * @param {import('@opentelemetry/api').Meter} meter
 * @returns {{
 *   onEvent: (event: import('@countersign/verifier').VerifierEvent) => void,
 *   onFloorRaised: (event: import('@countersign/verifier').FloorRaised) => void,
 * }}
 */
export function verifierMetrics(meter) {
  const accepted = meter.createCounter('countersign.requests.accepted', { description: 'Requests that were let in' })
  const refused = meter.createCounter('countersign.requests.refused', { description: 'Requests that were refused' })
  const floorRaised = meter.createCounter('countersign.store.floor_raised', {
    description: 'How often a replay store raised its floor, below which it refuses everything',
  })
  const storeDuration = meter.createHistogram('countersign.store.duration', {
    description: 'How long the replay store took to answer',
    unit: 's',
    advice: { explicitBucketBoundaries: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2] },
  })
  return {
    onEvent(event) {
      if (event.type === 'accepted') accepted.add(1)
      else refused.add(1, { code: event.code, kind: event.kind })
      if (event.storeMilliseconds !== undefined) {
        storeDuration.record(event.storeMilliseconds / 1000, { outcome: event.type })
      }
    },
    onFloorRaised({ store, reason }) {
      floorRaised.add(1, { store, reason })
    },
  }
}
