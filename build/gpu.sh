#!/usr/bin/env bash
# gpu.sh CONFIG...: one or more stages of a paper, each going on from the model of the one before; CONFIG is a file under configs/ without its ending.
# MODEL: folder of the model; DATA: folder with a folder for each data set (alpaca, dolly, math-instructions, oasst, helpsteer, prm800k).
# REWARD, PREFERENCE, ABSOLUTE: folders of reward models; RATINGS: the augmented ratings; WEIGHT: share of the preference reward; OUT: where runs go.
# DRY=1 checks everything and trains nothing; SMALL=1 takes the same path with a tiny model on the fixtures. ARGS: more arguments for train.
set -eu
. "$(dirname "$0")/env.sh"
: "${OUT:=$root/runs}"
repro=(dotnet "src/Repro.Experiments/bin/$configuration/net10.0/repro.dll")

absolute() { [ -z "${!1:-}" ] || export "$1=$(realpath -m "${!1}")"; }

# The fixtures, laid out like the data sets, and a model without weights whose tokenizer has the tokens of all templates.
small_world() {
  local small=$OUT/small-world set
  for set in alpaca.json dolly.jsonl math-instructions.jsonl helpsteer.jsonl prm800k.jsonl; do
    mkdir -p "$small/data/${set%%.*}"
    cp "fixtures/data/$set" "$small/data/${set%%.*}/train.${set#*.}"
  done
  mkdir -p "$small/data/oasst"
  cp fixtures/data/oasst.trees.jsonl "$small/data/oasst/"
  export DATA=$small/data RATINGS=$root/fixtures/data/augmented-ratings.csv DEVICE=cpu MODEL=$small/model
  [ -f "$small/model/config.json" ] || "${repro[@]}" prepare configs/small/world.yaml --out "$small/model" >/dev/null
  # shellcheck disable=SC2046 # several files
  if grep -q '^reward:' $(printf 'configs/%s.yaml ' "$@"); then
    # Trained for a dry run too: it is a thing that the stage reads.
    [ -d "$small/reward/final" ] || DRY='' train crs/rm-preference "$small/reward" >/dev/null
    export REWARD=$small/reward/final PREFERENCE=$small/reward/final ABSOLUTE=$small/reward/final
  fi
}

# The settings that make a stage small; the path through the program stays the same.
small_settings() {
  local config=$1 index setting
  set -- model.dtype=float32 model.fresh=true run.maximum_steps=2 run.checkpoint_every=1
  index=$(grep -c 'split:' "$config" || true)
  while [ "$index" -gt 0 ]; do
    index=$((index - 1))
    set -- "$@" "data.$index.split.held_out=0"
  done
  for setting in batch_size=2 mini_batch_size=2 micro_batch_size=1 max_length=512 max_prompt_length=256 min_prompt_length=64 max_new_tokens=8 \
    policy_samples=2 reference_samples=1 samples=2 prompt_share=1; do
    ! grep -q "^${setting%%=*}:" "$config" || set -- "$@" "$setting"
  done
  grep -q under_sample_to "$config" && set -- "$@" balance.under_sample_to=5
  printf -- '--set\n%s\n' "$@"
}

# train CONFIG FOLDER: one stage.
train() {
  local arguments=()
  # A small run is made anew each time, so that it may follow a change of its file.
  [ -z "${SMALL:-}" ] || rm -rf "${2:?}"
  [ -z "${SMALL:-}" ] || mapfile -t arguments < <(small_settings "configs/$1.yaml")
  [ -z "${DRY:-}" ] || arguments+=(--dry)
  # shellcheck disable=SC2086 # several arguments
  "${repro[@]}" train "configs/$1.yaml" --out "$2" --resume "${arguments[@]}" ${ARGS:-}
}

for name in MODEL DATA REWARD PREFERENCE ABSOLUTE RATINGS OUT; do absolute "$name"; done
if [ -n "${SMALL:-}" ]; then
  OUT=$OUT/small-gpu
  small_world "$@"
else
  [ -n "${MODEL:-}" ] && [ -n "${DATA:-}" ] || fail "MODEL=FOLDER and DATA=FOLDER are needed (or SMALL=1)."
fi

# The supervised stages write tags that the published base models do not know: a copy of the model gets them.
case " $* " in
  *" crs/sft-pre "*)
    if [ ! -f "$OUT/crs/base/config.json" ]; then
      "${repro[@]}" extend "$MODEL" --out "$OUT/crs/base" --token '<|prompter|>' --token '<|assistant|>' --token '<|system|>' --token '</s>'
    fi
    [ ! -f "$OUT/crs/base/config.json" ] || export MODEL=$OUT/crs/base
    ;;
esac

for config in "$@"; do
  train "$config" "$OUT/$config"
  # The next stage goes on from a whole model only.
  if [ -z "${DRY:-}${SMALL:-}" ] && [ -f "$OUT/$config/final/config.json" ]; then
    export MODEL=$OUT/$config/final
  fi
done
