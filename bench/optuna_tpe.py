"""The searches of tuning.ts with Optuna's TPE as it is by default: python3 optuna_tpe.py PROBLEM TRIALS SEEDS.

Writes the best value of each seed to standard output, as JSON. The problems are those of tuningProblems.ts.
"""
import json
import math
import sys

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def branin(trial):
    x = trial.suggest_float('x', -5.0, 10.0)
    y = trial.suggest_float('y', 0.0, 15.0)
    bend = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return bend**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


ALPHA = [1.0, 1.2, 3.0, 3.2]
A = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
P = [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
]


def hartmann6(trial):
    x = [trial.suggest_float(f'x{i}', 0.0, 1.0) for i in range(6)]
    distances = [sum(a * (v - p) ** 2 for a, v, p in zip(row, x, center)) for row, center in zip(A, P)]
    return -sum(alpha * math.exp(-distance) for alpha, distance in zip(ALPHA, distances))


def rosenbrock10(trial):
    x = [trial.suggest_float(f'x{i}', -5.0, 10.0) for i in range(10)]
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(9))


def conditional(trial):
    rule = trial.suggest_categorical('rule', ['sgd', 'adam'])
    lr = math.log10(trial.suggest_float('lr', 1e-5, 1.0, log=True))
    depth = (trial.suggest_int('depth', 1, 8) - 4) ** 2 / 16
    if rule == 'sgd':
        return 0.5 + (lr + 1) ** 2 + 4 * (trial.suggest_float('momentum', 0.0, 0.99) - 0.9) ** 2 + depth
    return (lr + 3) ** 2 + (math.log10(trial.suggest_float('forgetting', 1e-4, 1e-1, log=True)) + 3) ** 2 + depth


def main():
    name, trials, seeds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    best = []
    for seed in range(seeds):
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
        study.optimize(globals()[name], n_trials=trials)
        best.append(study.best_value)
    print(json.dumps({'version': optuna.__version__, 'best': best}))


main()
