// Proximal policy optimisation: a policy with random weights learns to write letters, because a rule rewards them.
using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Randomness;
using Repro.Core.Rewards;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.Rollouts;
using Repro.Samples;

// 1. The data: prompts.
string[] questions =
    ["Write a word.", "Say something.", "Name a bird.", "Name a river.", "Who is there?", "What is it?", "Read this.", "Any news?"];

// 2. The policy, of which every weight is trained, and the reference: a second model of the same weights.
using var tiny = new TinyModel(questions);
var streams = new RandomStreams(1);
var policies = PolicyPair.Load(new ModelSettings { Path = tiny.Folder, Fresh = true }, streams);

// 3. Prompts as the policy reads them, the opening of the assistant's turn included.
var template = new ChatMlTemplate();
List<RolloutPrompt> prompts = [.. questions.Select(Prompt)];

RolloutPrompt Prompt(string question)
{
    var ids = template.Encode(tiny.Tokenizer, [new(ChatRole.User, question)], addGenerationPrompt: true).Ids;
    return new RolloutPrompt([.. ids.Select(id => (long)id)]);
}

// 4. The reward: the share of tokens that are letters. A trained reward model would be a ModelReward.
bool IsLetters(long id) => tiny.Tokenizer.TokenOf((int)id)?.All(char.IsAsciiLetter) == true;
var reward = new RuleReward(rollout => rollout.Response.Average(id => IsLetters(id) ? 1.0 : 0.0));

// 5. Training: a step samples a response to each prompt and makes four updates on them.
using var trainer = new PpoTrainer(
    policies,
    prompts,
    reward,
    new PpoSettings
    {
        Sampler = new SamplerSettings { MaxNewTokens = 8 },
        BatchSize = prompts.Count,
        Epochs = 40,
        Kl = new KlSettings { Coefficient = 0.01, Adaptive = false },
    },
    new OptimizerSettings { Kind = OptimizerKind.Adam, LearningRate = 1e-2 },
    streams,
    new PpoTrainerParts { Tokenizer = tiny.Tokenizer });
for (var step = 0L; step < trainer.TotalSteps; step++)
{
    var metrics = trainer.Step(step, CancellationToken.None).Metrics;
    if (step % 10 == 0 || step == trainer.TotalSteps - 1)
    {
        Console.WriteLine(Invariant($"step {step}: reward {metrics["scores/mean"]:F2}, KL to the reference {metrics["kl/mean"]:F2} nats"));
    }
}
