"""Works on a study in a journal file with Optuna.

python3 optuna_study.py run PATH NAME TRIALS [SEED]   creates or goes on with the study, then as dump
python3 optuna_study.py dump PATH NAME                writes what Optuna sees to standard output
"""
import json
import math
import sys
import warnings

import optuna

warnings.simplefilter('ignore')
optuna.logging.set_verbosity(optuna.logging.ERROR)


try:
    from optuna.storages.journal import JournalFileBackend as FileBackend
except ImportError:
    from optuna.storages import JournalFileStorage

    class FileBackend(JournalFileStorage):
        """Reads again where Optuna before 3.6 stumbles over a line that is just being written (optuna/optuna#5138)."""

        def read_logs(self, log_number_from):
            while True:
                try:
                    return super().read_logs(log_number_from)
                except json.JSONDecodeError:
                    continue


class NoLuck(Exception):
    """The only failure of a trial that is meant: any other ends the program."""


def storage(path):
    return optuna.storages.JournalStorage(FileBackend(path))


def objective(trial):
    lr = trial.suggest_float('lr', 1e-5, 1.0, log=True)
    depth = trial.suggest_int('depth', 1, 100)
    rule = trial.suggest_categorical('rule', ['sgd', 'adam'])
    drop = trial.suggest_float('drop', 0.0, 0.5, step=0.1)
    width = trial.suggest_int('width', 1, 256, log=True)
    for step in range(3):
        trial.report(math.nan if trial.number % 7 == 3 else lr / (step + 1), step)
    trial.set_user_attr('by', 'optuna')
    if trial.number % 7 == 4:
        raise optuna.TrialPruned()
    if trial.number % 7 == 5:
        raise NoLuck
    if trial.number % 7 == 6:
        return math.inf
    return abs(math.log(lr / 1e-3)) + depth / 100 + (0 if rule == 'adam' else 1) + drop + width / 256


def dump(study):
    return {
        'direction': study.direction.name.lower(),
        'user_attrs': study.user_attrs,
        'best': study.best_trial.number,
        'trials': [
            {
                'number': t.number,
                'state': t.state.name.lower(),
                'value': t.value,
                'params': t.params,
                'distributions': {k: repr(v) for k, v in sorted(t.distributions.items())},
                'intermediate_values': list(t.intermediate_values.items()),
                'user_attrs': t.user_attrs,
                'fixed_params': t.system_attrs.get('fixed_params'),
                'seconds': t.duration.total_seconds() if t.duration else None,
            }
            for t in study.trials
        ],
    }


def main():
    command, path, name, *rest = sys.argv[1:]
    if command == 'dump':
        study = optuna.load_study(study_name=name, storage=storage(path))
        print(json.dumps(dump(study)))
        return
    sampler = optuna.samplers.TPESampler(seed=int(rest[1]) if len(rest) > 1 else None)
    study = optuna.create_study(storage=storage(path), study_name=name, sampler=sampler, load_if_exists=True)
    study.optimize(objective, n_trials=int(rest[0]), catch=(NoLuck,))
    print(json.dumps(dump(study)))


main()
