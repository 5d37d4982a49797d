// Direct preference optimisation: a policy learns to prefer polite answers, tied to the model that it started as.
using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Samples;

// 1. The data: a prompt, the chosen and the rejected answer.
(string Prompt, string Chosen, string Rejected)[] preferences =
[
    ("May I sit here?", "Yes, please do.", "No."),
    ("Is it far?", "Not far, I will show you.", "Find out."),
    ("Can you help me?", "Yes, with pleasure.", "Not now."),
    ("Is the shop open?", "Yes, please come in.", "Look yourself."),
];

// 2. The policy: frozen base weights with a LoRA adapter that is trained. The reference is the base without the adapter.
using var tiny = new TinyModel(preferences.SelectMany(row => new[] { row.Prompt, row.Chosen, row.Rejected }));
var streams = new RandomStreams(1);
var lora = new LoraSettings { Rank = 4, Alpha = 8, Targets = ["all-linear"] };
var policies = PolicyPair.Load(new ModelSettings { Path = tiny.Folder, Fresh = true, Lora = lora }, streams);

// 3. Pairs of token rows; the last two are held out.
var form = new PairRows(tiny.Tokenizer, new ChatMlTemplate(), MaxLength: 128, MaxPromptLength: 64);
List<TokenPair> pairs = [.. preferences.Select(row => form.Pair([new(ChatRole.User, row.Prompt)], row.Chosen, row.Rejected))];

// 4. Training. DpoLossKind has the other losses: IPO, hinge, robust and more.
using var trainer = new DpoTrainer(
    policies,
    pairs[..2],
    heldOut: pairs[2..],
    new DpoSettings { Batch = new BatchSettings { BatchSize = 2 }, Epochs = 40 },
    new DpoPairLoss(new DpoLossSettings { Kind = DpoLossKind.Sigmoid, Beta = 0.1 }),
    new OptimizerSettings { LearningRate = 1e-2, MaximumGradientNorm = 1 },
    new ScheduleSettings(),
    streams);
for (var step = 0L; step < trainer.TotalSteps; step++)
{
    var metrics = trainer.Step(step, CancellationToken.None).Metrics;
    if (step % 10 == 0 || step == trainer.TotalSteps - 1)
    {
        Console.WriteLine(Invariant($"step {step}: loss {metrics["loss"]:F3}, reward margin {metrics["rewards/margins"]:F3}"));
    }
}

// 5. Is the chosen answer of pairs that were not trained on the likelier one?
var heldOut = trainer.Evaluate(CancellationToken.None);
Console.WriteLine(Invariant($"held out: accuracy {heldOut["accuracy"]:F2}, reward margin {heldOut["rewards/margins"]:F3}"));
