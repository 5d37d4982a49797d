#!/usr/bin/env bash
# gpu.sh CONFIG...: one or more stages of a paper, each going on from the model of the one before; CONFIG is a file under configs/ without its ending.
# MODEL: folder of the model; DATA: folder with a folder for each data set (alpaca, dolly, math-instructions, oasst, helpsteer, prm800k).
# REWARD, PREFERENCE, ABSOLUTE: folders of reward models; RATINGS: the augmented ratings; WEIGHT: share of the preference reward; OUT: where runs go.
# DRY=1 checks everything and trains nothing; SMALL=1 takes the same path with a tiny model on the fixtures. ARGS: more arguments for train.
set -eu
. "$(dirname "$0")/stages.sh"

for name in MODEL DATA REWARD PREFERENCE ABSOLUTE RATINGS OUT; do absolute "$name"; done
if [ -n "${SMALL:-}" ]; then
  OUT=$OUT/small-gpu
  small_world
  # shellcheck disable=SC2046 # several files
  ! grep -q '^reward:' $(printf 'configs/%s.yaml ' "$@") || small_reward
else
  [ -n "${MODEL:-}" ] && [ -n "${DATA:-}" ] || fail "MODEL=FOLDER and DATA=FOLDER are needed (or SMALL=1)."
fi

case " $* " in *" crs/sft-pre "*) extend_model ;; esac

for config in "$@"; do
  # A small run is made anew each time, so that it may follow a change of its file.
  [ -z "${SMALL:-}" ] || rm -rf "${OUT:?}/$config"
  train "$config" "$OUT/$config"
  # The next stage goes on from a whole model only.
  if [ -z "${DRY:-}${SMALL:-}" ] && [ -f "$OUT/$config/final/config.json" ]; then
    export MODEL=$OUT/$config/final
  fi
done
