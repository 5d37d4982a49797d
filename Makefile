# Every target does the set-up it needs; `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
export REPRO_LIBTORCH FILTER MSBUILDARGS
repro := dotnet run --no-build -c Release --project src/Repro.Experiments --

gpu_targets := gpu-crs-sft gpu-crs-rm-preference gpu-crs-rm-absolute gpu-crs-ppo-abs gpu-crs-ppo-preference gpu-crs-ppo-crs \
	gpu-adr-orm gpu-adr-prm gpu-adr-dpo gpu-adr-adpo gpu-adr-ppo gpu-adr-appo gpu-adr-rs gpu-adr-ars

.PHONY: help setup build verify mechanisms study test bench bench-chart report pack format format-check clean small gpu-crs gpu-adr $(gpu_targets)

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | while IFS=$$'\t' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done
	@echo
	@echo '  ARGS="..."        more arguments for verify, bench and report'
	@echo '  FILTER="..."      tests to run, such as FILTER="Claim=CRS-T16"'
	@echo '  REPRO_LIBTORCH=.. the folder of another LibTorch, such as torch/lib of a Python installation'
	@echo '  MSBUILDARGS="..." more arguments for the build, such as -p:Cuda=true'
	@echo '  gpu-crs-*, gpu-adr-* train the stages of both papers: MODEL=, DATA=, DRY=1, SMALL=1 (see docs/training.md)'

setup: ## Install what is missing
	@build/setup.sh

build: setup ## Build everything
	@build/build.sh Repro.sln

verify: setup ## Recompute the claims that need no training and say what holds
	@build/build.sh src/Repro.Experiments/Repro.Experiments.csproj
	@$(repro) verify --tier static $(ARGS)

mechanisms: setup ## Train the small models that mechanism claims are judged by (minutes; finished runs are kept in out/cells)
	@build/build.sh src/Repro.Experiments/Repro.Experiments.csproj
	@$(repro) mechanisms --budget 15m $(ARGS)

study: setup ## Train the study of mechanism claims on 20 more seeds (hours; it can be stopped and taken up again; docs/study.md)
	@build/build.sh src/Repro.Experiments/Repro.Experiments.csproj
	@$(repro) mechanisms --study --write $(ARGS)

test: ## Run all tests; the last line is "N passed, N failed"
	@build/setup.sh --browser
	@build/build.sh Repro.sln
	@build/test.sh

bench: setup ## Time this project and the same work in Python on the same LibTorch
	@build/build.sh bench/Repro.Bench/Repro.Bench.csproj
	@build/build.sh bench/StepBench/StepBench.csproj
	@build/bench.sh $(ARGS)

report: ## Write the HTML report to out/report, and ERRATA.md with the badge
	@build/setup.sh --report
	@build/build.sh src/Repro.Experiments/Repro.Experiments.csproj
	@$(repro) report --errata ERRATA.md --badge docs/badge.svg $(ARGS)

# BENCH_CHART names another file to write.
bench-chart: ## Draw the recorded benchmarks (make bench ARGS=--record) to out/bench.svg
	@$${PYTHON:-python3} bench/chart.py $${BENCH_CHART:-out/bench.svg}

pack: setup ## Make the packages Repro.Core and Repro.Tool in out/packages
	@build/pack.sh

format: setup ## Bring white space and style of all sources into form
	@build/format.sh

format-check: setup ## Say which sources are not in form
	@build/format.sh --check

small: setup ## Train every stage of the combined reward from nothing on real data, and answer a prompt
	@build/build.sh src/Repro.Experiments/Repro.Experiments.csproj
	@build/small.sh

# Full runs of both papers. MODEL and DATA name folders; REWARD, PREFERENCE, ABSOLUTE, RATINGS and WEIGHT where a stage needs them;
# DRY=1 checks everything without training, SMALL=1 takes the same path with a tiny model here.
gpu-crs-sft: stages := crs/sft-pre crs/sft
gpu-crs-rm-preference: stages := crs/rm-preference
gpu-crs-rm-absolute: stages := crs/rm-absolute
gpu-crs-ppo-abs: stages := crs/ppo-abs
gpu-crs-ppo-preference: stages := crs/ppo-preference
gpu-crs-ppo-crs: stages := crs/ppo-crs
gpu-adr-orm: stages := adr/orm
gpu-adr-prm: stages := adr/prm
gpu-adr-dpo: stages := adr/dpo
gpu-adr-adpo: stages := adr/adpo
gpu-adr-ppo: stages := adr/ppo
gpu-adr-appo: stages := adr/appo
gpu-adr-rs: stages := adr/rs
gpu-adr-ars: stages := adr/ars
$(gpu_targets): setup
	@build/build.sh src/Repro.Experiments/Repro.Experiments.csproj
	@build/gpu.sh $(stages)

# The whole of a paper: PROMPTS, RESPONSES, MAX_USD, JUDGE_ARGS and BENCHMARK_DATA besides; finished parts are kept.
gpu-crs: setup ## Train all stages of CRS, answer, score, judge, run benchmarks and verify the claims on them (SMALL=1, DRY=1)
	@build/build.sh src/Repro.Experiments/Repro.Experiments.csproj
	@build/chain.sh crs

gpu-adr: setup ## The same for ADR
	@build/build.sh src/Repro.Experiments/Repro.Experiments.csproj
	@build/chain.sh adr

clean: ## Remove everything that was built
	@find . -type d \( -name bin -o -name obj \) -not -path './.git/*' -not -path '*/node_modules/*' -prune -exec rm -rf {} +
	@rm -rf out TestResults
