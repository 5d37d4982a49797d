#!/usr/bin/env bash
# Trains every stage of the combined reward from nothing on real data: tokenizer, supervised fine-tuning, both reward models, PPO; then answers a prompt.
# DATA: folder with gsm8k/ and hh-rlhf/; RATINGS: the released augmented ratings; OUT: where runs go; WEIGHT: share of the preference reward.
set -eu
. "$(dirname "$0")/env.sh"
: "${DATA:=$root/../shared/data}" "${RATINGS:=$root/../shared/artifacts/crs-rlhf/rm_data_augment/rm_augmented.csv}" "${OUT:=$root/runs/small}" "${WEIGHT:=0.25}"
DATA=$(realpath -m "$DATA") RATINGS=$(realpath -m "$RATINGS") OUT=$(realpath -m "$OUT")
export DATA RATINGS WEIGHT
for needed in "$DATA/gsm8k/train.jsonl" "$DATA/hh-rlhf/harmless-base" "$RATINGS"; do
  [ -e "$needed" ] || fail "$needed is missing: DATA names the folder with gsm8k/ and hh-rlhf/, RATINGS the released augmented ratings."
done

repro=(dotnet src/Repro.Experiments/bin/$configuration/net10.0/repro.dll)

# train NAME MODEL: one stage; a run that was interrupted goes on.
train() {
  local started=$SECONDS
  MODEL=$2 "${repro[@]}" train "configs/small/$1.yaml" --out "$OUT/$1" --resume >/dev/null
  say "$1: $((SECONDS - started)) s; last evaluation:"
  grep '"kind":"evaluation"' "$OUT/$1/metrics.jsonl" | tail -n 1
}

[ -f "$OUT/model/config.json" ] || "${repro[@]}" prepare configs/small/prepare.yaml --out "$OUT/model"
train sft "$OUT/model"
train rm-preference "$OUT/sft/final"
train rm-absolute "$OUT/sft/final"
export PREFERENCE=$OUT/rm-preference/final ABSOLUTE=$OUT/rm-absolute/final
train ppo "$OUT/sft/final"
"${repro[@]}" generate --model "$OUT/sft/final" --adapter "$OUT/ppo/final" --prompt "${PROMPT:-What is 12 plus 30?}" --max-new-tokens 64 --seed 1
say "All of it took $((SECONDS / 60)) min $((SECONDS % 60)) s; curves: tensorboard --logdir $OUT"
