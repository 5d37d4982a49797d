#!/usr/bin/env bash
# chain.sh crs|adr: every stage of a paper, the answers of each policy, their scores, judgements and benchmarks, and the claims on them.
# MODEL, DATA, RATINGS, OUT, DRY, SMALL, ARGS: as in gpu.sh; DEVICE: cuda:0 unless it says otherwise. What is finished is kept: the same command goes on.
# SFT: the supervised model that reward models and policies of CRS begin with; without it they begin with one that LoRA trains here.
# PROMPTS: JSON lines with 'prompt' that policies answer; RESPONSES: rows with 'prompt' and 'response' that the reward models score as well;
# PAIRS: held-out rows with 'chosen' and 'rejected' for them.
# MAX_USD: most dollars for a live judge, whose key is OPENAI_API_KEY; JUDGE_ARGS: more arguments for judge run.
# BENCHMARK_DATA: folder of the published files of benchmarks (docs/benchmarks.md).
set -eu
. "$(dirname "$0")/stages.sh"
paper=$1
stage=start

ended() {
  local code=$?
  [ "$code" = 0 ] || say "make gpu-$paper: '$stage' failed, for the reason above. What is finished is kept; the same command goes on from here:" \
    "make gpu-$paper ${given[*]}"
}

# made FILE COMMAND...: runs a command that writes FILE with --out, unless it is there; half a file never has its name.
made() {
  local file=$1
  shift
  stage="${file#"$OUT"/}"
  [ ! -s "$file" ] || return 0
  say "== $stage"
  mkdir -p "$(dirname "$file")"
  "$@" --out "$file.partial" >&2
  mv "$file.partial" "$file"
}

# chain_stage CONFIG [NAME [SETTING]]: trains one stage into a folder of its name. A dry run goes on after a problem.
chain_stage() {
  stage=${2:-$1}
  say "== $stage"
  local ARGS="${ARGS:-}${3:+ --set $3}"
  if [ -z "${DRY:-}" ]; then
    train "$1" "$OUT/$stage" >&2
  else
    train "$1" "$OUT/$stage" >&2 || problems+=("$stage")
  fi
}

# The model that a supervised stage made is the next one's; a dry run has none.
go_on_from() { [ -n "${DRY:-}" ] || export MODEL=$OUT/$1/final; }

# reward_from VARIABLE STAGE: the reward model that a stage made. A dry run takes a tiny one where it is not made yet.
reward_from() {
  if [ -d "$OUT/$2/final" ]; then
    export "$1=$OUT/$2/final"
  elif [ -n "${DRY:-}" ] && [ -z "${!1:-}" ]; then
    say "$2 is not trained yet: a tiny reward model stands in for it; its memory is not counted."
    export "$1=$OUT/small-world/reward/final"
  fi
}

# evaluate NAME MODEL BASELINE: what the claims read of a policy, in NAME-evaluation beside its run. BASELINE: answers it is compared with, or nothing.
evaluate() {
  local folder=$OUT/$paper/$1-evaluation reward
  made "$folder/answers.jsonl" "${repro[@]}" generate --model "$2" --prompts "$prompts" "${sampling[@]}" --max-new-tokens "$new_tokens" "${on_device[@]}"
  for reward in "${rewards[@]}"; do
    made "$folder/$reward/scores.jsonl" "${repro[@]}" score --model "$OUT/$paper/$reward" --data "$folder/answers.jsonl" "${on_device[@]}"
  done
  if [ -n "$3" ] && [ "${#judge[@]}" -gt 0 ]; then
    made "$folder/annotations.json" "${repro[@]}" judge run --outputs "$folder/answers.jsonl" --baseline "$3" "${judge[@]}"
  fi
  benchmarks "$folder" "$2"
}

# benchmarks FOLDER MODEL: a line of $benchmarks has the name of a folder and the arguments of bench run.
benchmarks() {
  local name tasks
  [ -n "$BENCHMARK_DATA" ] || return 0
  while read -r name tasks; do
    stage="${1#"$OUT"/}/$name"
    if [ -n "$name" ] && [ ! -f "$1/$name/results.json" ]; then
      say "== $stage"
      # shellcheck disable=SC2086 # several arguments
      "${repro[@]}" bench run $tasks --data "$BENCHMARK_DATA" --model "$2" --out "$1/$name" "${on_device[@]}" >&2 </dev/null
    fi
  done <<<"$benchmarks"
}

crs_stages() {
  if [ -n "$SFT" ]; then
    export MODEL=$SFT
  else
    extend_model >&2
    chain_stage crs/sft-pre
    go_on_from crs/sft-pre
    chain_stage crs/sft
    go_on_from crs/sft
  fi
  chain_stage crs/rm-preference
  chain_stage crs/rm-absolute
  reward_from PREFERENCE crs/rm-preference
  reward_from ABSOLUTE crs/rm-absolute
  chain_stage crs/ppo-abs
  chain_stage crs/ppo-abs-bounded
  chain_stage crs/ppo-preference
  chain_stage crs/ppo-preference crs/ppo-preference-kl-0.01 kl.coefficient=0.01
  chain_stage crs/ppo-preference crs/ppo-preference-kl-0.15 kl.coefficient=0.15
  WEIGHT=0.25 chain_stage crs/ppo-crs crs/ppo-crs-0.25
  WEIGHT=0.625 chain_stage crs/ppo-crs crs/ppo-crs-0.625
}

adr_stages() {
  local method
  chain_stage adr/orm
  chain_stage adr/prm
  reward_from REWARD adr/orm
  for method in dpo adpo ppo appo rs ars; do
    chain_stage "adr/$method"
  done
}

given=()
for name in MODEL SFT DATA RATINGS OUT PROMPTS RESPONSES PAIRS BENCHMARK_DATA; do
  absolute "$name"
done
for name in MODEL SFT DATA RATINGS OUT DEVICE PROMPTS RESPONSES PAIRS BENCHMARK_DATA MAX_USD JUDGE_ARGS SMALL DRY ARGS; do
  [ -z "${!name:-}" ] || given+=("$name='${!name}'")
done
: "${BENCHMARK_DATA:=}" "${PROMPTS:=}" "${RESPONSES:=}" "${PAIRS:=}" "${SFT:=}"

# How the papers sampled their answers; the judge of each; the benchmarks of ADR with its worked examples (Appendix C.2), but for the three of
# HumanEval, which has no file of examples. CRS has no benchmarks.
case $paper in
  crs)
    sampling=(--temperature 0.8 --top-p 0.9) new_tokens=512
    rewards=(rm-preference rm-absolute) policies=(ppo-abs ppo-preference ppo-crs-0.25 ppo-crs-0.625) first=sft
    convention=alpaca_eval_gpt4_turbo_fn benchmarks=
    ;;
  adr)
    sampling=(--temperature 0.95 --top-p 0.99 --top-k 100) new_tokens=2048
    rewards=(orm prm) policies=(dpo adpo ppo appo rs ars) first=base
    convention=adr-vote
    benchmarks='bench arc_challenge arc_easy bbh_zeroshot commonsense_qa gsm8k hellaswag mmlu race winogrande --num-fewshot 0
bench-ceval ceval-valid --num-fewshot 5
bench-c3 c3 --profile opencompass --num-fewshot 0
bench-humaneval humaneval'
    if ! command -v bwrap >/dev/null; then
      say "HumanEval is left out: it runs what a model wrote, and that needs bubblewrap."
      benchmarks=${benchmarks%$'\n'*}
    fi
    ;;
esac
on_device=(--dtype bfloat16 --device "${DEVICE:-cuda:0}")
judge=()

if [ -n "${SMALL:-}" ]; then
  # Finished small runs are kept only while all that they are made from is the same.
  OUT=$OUT/small-chain-$paper
  made_from=$(cat build/stages.sh build/chain.sh configs/crs/* configs/adr/* configs/small/* fixtures/data/* fixtures/benchmarks/*.* | cksum)
  if [ -d "$OUT" ] && [ "$(cat "$OUT/made-from" 2>/dev/null)" != "$made_from" ]; then
    say "Settings or fixtures are others than those of $OUT: the small chain is made anew."
    rm -rf "${OUT:?}"
  fi
  mkdir -p "$OUT"
  printf '%s\n' "$made_from" >"$OUT/made-from"
  small_world
  SFT='' PROMPTS=$root/fixtures/benchmarks/prompts.jsonl RESPONSES=$root/fixtures/benchmarks/responses.jsonl
  PAIRS=$root/fixtures/data/preference.jsonl BENCHMARK_DATA=$OUT/small-world/benchmarks
  mkdir -p "$BENCHMARK_DATA/gsm8k"
  cp -r fixtures/benchmarks/arc "$BENCHMARK_DATA/"
  cp fixtures/data/gsm8k.jsonl "$BENCHMARK_DATA/gsm8k/test.jsonl"
  new_tokens=8 on_device=(--device cpu)
  judge=(--judge reward-model "$OUT/$paper/${rewards[0]}") benchmarks='bench arc_easy gsm8k_cot_zeroshot --limit 2 --max-gen-toks 8'
else
  [ -n "${MODEL:-}" ] && [ -n "${DATA:-}" ] && [ -n "$PROMPTS" ] || fail "MODEL=FOLDER, DATA=FOLDER and PROMPTS=FILE are needed (or SMALL=1)."
  if [ -n "${OPENAI_API_KEY:-}" ] && [ -n "${MAX_USD:-}" ]; then
    # shellcheck disable=SC2206 # several arguments
    judge=(--convention "$convention" --max-usd "$MAX_USD" --record "$OUT/$paper/judge-record" ${JUDGE_ARGS:-})
  else
    say "No judge is asked: that needs OPENAI_API_KEY and MAX_USD. Claims on win rates are left without judgements."
  fi
  [ "$paper" = adr ] || [ -n "$SFT" ] || say "SFT=FOLDER is not given: reward models and policies begin with a model that LoRA trained, which the" \
    "thesis found unstable (Section 6.3). Claims on its final runs are qualified at most."
  [ -n "$BENCHMARK_DATA" ] || [ -z "$benchmarks" ] || say "No benchmark is run: that needs BENCHMARK_DATA=FOLDER."
fi
trap ended EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

prompts=$OUT/$paper/prompts.jsonl
[ -f "$PROMPTS" ] || fail "PROMPTS=$PROMPTS: no such file."
if [ -n "${DRY:-}" ]; then
  (SMALL=1 && small_world && small_reward)
  problems=()
  "${paper}_stages"
  stage=benchmarks
  while read -r name tasks; do
    # shellcheck disable=SC2086 # several arguments
    [ -z "$name" ] || [ -z "$BENCHMARK_DATA" ] || "${repro[@]}" bench run $tasks --data "$BENCHMARK_DATA" --dry >&2 </dev/null || problems+=("$name")
  done <<<"$benchmarks"
  stage="check of ${problems[*]}"
  [ "${#problems[@]}" -eq 0 ] || exit 1
  say "All stages are checked; nothing was trained."
  exit 0
fi

start=$MODEL
if [ -n "${SMALL:-}" ] && [ "$paper" = adr ]; then
  # ADR begins with a model that answers; this one has weights at least.
  extend_model >&2
  train crs/sft "$OUT/small-world/start" >&2
  start=$OUT/small-world/start/final
  export MODEL=$start
fi
"${paper}_stages"

mkdir -p "$OUT/$paper"
stage=prompts
[ ! -f "$prompts" ] || cmp -s "$PROMPTS" "$prompts" || fail "$prompts, which policies have answered already, are others than $PROMPTS: choose another OUT."
cp "$PROMPTS" "$prompts"
[ "$first" = base ] || start=${SFT:-$OUT/$paper/$first}
evaluate "$first" "$start" ''
for policy in "${policies[@]}"; do
  evaluate "$policy" "$OUT/$paper/$policy" "$OUT/$paper/$first-evaluation/answers.jsonl"
done
for reward in "${rewards[@]}"; do
  [ -z "$RESPONSES" ] || made "$OUT/$paper/responses/$reward/scores.jsonl" "${repro[@]}" score --model "$OUT/$paper/$reward" --data "$RESPONSES" "${on_device[@]}"
  [ -z "$PAIRS" ] || made "$OUT/$paper/pairs/$reward/scores.jsonl" "${repro[@]}" score --model "$OUT/$paper/$reward" --data "$PAIRS" "${on_device[@]}"
done

stage=verify
verify=("${repro[@]}" verify --tier full --runs "$OUT")
if [ -t 1 ]; then
  "${verify[@]}"
else
  # A pipe gets a line a claim, for programs; the log of a chain is read by people.
  set -o pipefail
  "${verify[@]}" | fold -s -w 140
fi
