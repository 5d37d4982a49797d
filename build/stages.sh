# Sourced by gpu.sh and chain.sh: one stage of training, and the small world that SMALL=1 trains in.
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
}

# A tiny reward model. Trained for a dry run too: it is a thing that the stage reads.
small_reward() {
  local reward=$OUT/small-world/reward
  [ -d "$reward/final" ] || DRY='' train crs/rm-preference "$reward" >/dev/null
  export REWARD=$reward/final PREFERENCE=$reward/final ABSOLUTE=$reward/final
}

# The supervised stages write tags that the published base models do not know: a copy of the model gets them.
extend_model() {
  if [ ! -f "$OUT/crs/base/config.json" ]; then
    "${repro[@]}" extend "$MODEL" --out "$OUT/crs/base" --token '<|prompter|>' --token '<|assistant|>' --token '<|system|>' --token '</s>'
  fi
  [ ! -f "$OUT/crs/base/config.json" ] || export MODEL=$OUT/crs/base
}

# The settings that make a stage small; the path through the program stays the same.
small_settings() {
  local config=$1 index setting
  set -- model.dtype=float32 run.maximum_steps=2 run.checkpoint_every=1
  # The model of the small world has no weights; a stage of the chain has those of the stage before.
  [ -f "$MODEL/model.safetensors" ] || set -- "$@" model.fresh=true
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
  [ -z "${SMALL:-}" ] || mapfile -t arguments < <(small_settings "configs/$1.yaml")
  [ -z "${DRY:-}" ] || arguments+=(--dry)
  # shellcheck disable=SC2086 # several arguments
  "${repro[@]}" train "configs/$1.yaml" --out "$2" --resume "${arguments[@]}" ${ARGS:-}
}
