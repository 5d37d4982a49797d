using static TorchSharp.torch;

namespace Repro.Bench;

/// <summary>A whole training step: forward, backward and update of a small decoder.</summary>
internal static class TrainingBenchmarks
{
    private const long Vocabulary = 256;
    private const long Width = 64;
    private const long Heads = 4;
    private const int Layers = 2;
    private const long Batch = 16;
    private const long Length = 64;

    public static IEnumerable<Benchmark> All =>
    [
        new("training_step", 10, true, Step),
    ];

    private static Action Step()
    {
        manual_seed(1);
        var model = new Decoder(Vocabulary, Width, Heads, Layers, Length);
        var optimiser = optim.AdamW(model.parameters(), lr: 1e-3, weight_decay: 0.01);
        var ids = randint(Vocabulary, [Batch, Length]);
        var targets = randint(Vocabulary, [Batch * Length]);
        return () =>
        {
            using var scope = NewDisposeScope();
            model.zero_grad();
            var loss = nn.functional.cross_entropy(model.call(ids).view(-1, Vocabulary), targets);
            loss.backward();
            optimiser.step();
        };
    }
}
