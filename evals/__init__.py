"""RouterEval: is a routing policy any good? Data sets, replay, baselines, metrics, report."""
