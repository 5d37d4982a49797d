using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Training.Optimization;

/// <summary>
/// Adam (arXiv:1412.6980) and AdamW (arXiv:1711.05101): in single and double precision the bits of TorchSharp's optimizers. Those make
/// about ten operations for each parameter, an eighth of a training step of a small model. PyTorch has a fused form for that, TorchSharp
/// has none: here small parameters have their moments in one vector, and most operations run once for all of them.
/// </summary>
internal sealed class AdamRule : IDisposable
{
    // The gradients of a block are copied into one vector. Larger parameters are blocks of their own and need no copy.
    private const long BlockScalars = 1 << 20;

    private readonly OptimizerSettings _settings;
    private readonly List<AdamBlock> _blocks;

    /// <summary>Prepares the moments, which are zero.</summary>
    /// <param name="trained">The parameters with their names and weight decay.</param>
    /// <param name="settings">The rule and its numbers.</param>
    internal AdamRule(IEnumerable<(string Name, Parameter Parameter, double Decay)> trained, OptimizerSettings settings)
    {
        _settings = settings;
        _blocks =
        [
            .. from entry in trained
               group entry by (entry.Parameter.dtype, Device: entry.Parameter.device.ToString(), entry.Decay) into alike
               from block in Blocks([.. alike])
               select new AdamBlock(block, alike.Key.Decay),
        ];
    }

    /// <summary>The moments of each parameter.</summary>
    internal IEnumerable<AdamMoments> Moments => _blocks.SelectMany(block => block.Entries);

    /// <summary>Moves every parameter that has a gradient.</summary>
    /// <param name="rate">The learning rate of this step.</param>
    internal void Step(double rate)
    {
        using var noGrad = no_grad();
        foreach (var block in _blocks)
        {
            using var scope = NewDisposeScope();
            var gradients = block.Entries.Select(entry => Gradient(entry, block.Decay)).ToList();
            if (gradients.TrueForAll(gradient => gradient is not null) && block.Entries.DistinctBy(entry => entry.Updates).Count() == 1)
            {
                Move(block.Entries, block.Mean, block.Square, gradients.Count == 1
                    ? gradients[0]!.reshape(-1) : cat([.. gradients.Select(gradient => gradient!.reshape(-1))]), rate, block.Decay);
                continue;
            }

            // A parameter without a gradient keeps its moments and its count of updates.
            foreach (var (entry, gradient) in block.Entries.Zip(gradients))
            {
                if (gradient is not null)
                {
                    Move([entry], entry.Mean.view(-1), entry.Square.view(-1), gradient.reshape(-1), rate, block.Decay);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _blocks.ForEach(block => block.Dispose());

    private static IEnumerable<List<(string Name, Parameter Parameter)>> Blocks((string Name, Parameter Parameter, double Decay)[] entries)
    {
        var (block, scalars) = (new List<(string Name, Parameter Parameter)>(), 0L);
        foreach (var (name, parameter, _) in entries)
        {
            if (block.Count > 0 && scalars + parameter.numel() > BlockScalars)
            {
                yield return block;
                (block, scalars) = ([], 0);
            }

            block.Add((name, parameter));
            scalars += parameter.numel();
        }

        yield return block;
    }

    // Adam adds the decay to the gradient, AdamW takes it off the parameter.
    private Tensor? Gradient(AdamMoments entry, double decay)
    {
        var gradient = entry.Parameter.grad;
        return _settings.Kind == OptimizerKind.Adam && decay != 0 ? gradient?.add(entry.Parameter, alpha: decay) : gradient;
    }

    // Moments and gradient are those of the entries one after the other; all entries have as many updates.
    private void Move(IReadOnlyList<AdamMoments> entries, Tensor mean, Tensor square, Tensor gradient, double rate, double decay)
    {
        var updates = ++entries[0].Updates;
        var (first, second) = (1 - Math.Pow(_settings.Beta1, updates), 1 - Math.Pow(_settings.Beta2, updates));
        mean.mul_(_settings.Beta1).add_(gradient, alpha: 1 - _settings.Beta1);
        square.mul_(_settings.Beta2).addcmul_(gradient, gradient, 1 - _settings.Beta2);
        var roots = square.sqrt().div_(Math.Sqrt(second)).add_(_settings.Epsilon);
        using Scalar step = -rate / first, kept = 1 - (rate * decay);
        var place = 0L;
        foreach (var entry in entries)
        {
            entry.Updates = updates;
            if (_settings.Kind == OptimizerKind.AdamW && decay != 0)
            {
                entry.Parameter.mul_(kept);
            }

            var count = entry.Parameter.numel();
            entry.Parameter.addcdiv_(entry.Mean, roots.narrow(0, place, count).view(entry.Mean.shape), step);
            place += count;
        }
    }
}

/// <summary>A parameter with its moments.</summary>
/// <param name="Name">Its name in checkpoints.</param>
/// <param name="Parameter">The parameter.</param>
/// <param name="Mean">The running mean of its gradients, of the parameter's shape.</param>
/// <param name="Square">The running mean of their squares.</param>
internal sealed record AdamMoments(string Name, Parameter Parameter, Tensor Mean, Tensor Square)
{
    /// <summary>How often the parameter was updated.</summary>
    internal long Updates { get; set; }
}

/// <summary>Parameters of one element type, device and decay, whose moments lie side by side.</summary>
internal sealed class AdamBlock : IDisposable
{
    internal AdamBlock(IReadOnlyList<(string Name, Parameter Parameter)> parameters, double decay)
    {
        Decay = decay;
        var like = parameters[0].Parameter;
        var scalars = parameters.Sum(entry => entry.Parameter.numel());
        (Mean, Square) = (Zeros(scalars, like), Zeros(scalars, like));
        var (entries, place) = (new List<AdamMoments>(), 0L);
        foreach (var (name, parameter) in parameters)
        {
            entries.Add(new AdamMoments(name, parameter, Part(Mean, place, parameter), Part(Square, place, parameter)));
            place += parameter.numel();
        }

        Entries = entries;
    }

    internal IReadOnlyList<AdamMoments> Entries { get; }

    internal double Decay { get; }

    /// <summary>The means of all entries, one after the other.</summary>
    internal Tensor Mean { get; }

    /// <summary>The mean squares likewise.</summary>
    internal Tensor Square { get; }

    public void Dispose()
    {
        foreach (var tensor in Entries.SelectMany(entry => new[] { entry.Mean, entry.Square }).Append(Mean).Append(Square))
        {
            tensor.Dispose();
        }
    }

    private static Tensor Zeros(long count, Tensor like) => zeros(count, dtype: like.dtype, device: like.device).DetachFromDisposeScope();

    private static Tensor Part(Tensor all, long place, Tensor parameter)
    {
        using var part = all.narrow(0, place, parameter.numel());
        return part.view(parameter.shape).DetachFromDisposeScope();
    }
}
