using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Repro.Core.Configuration;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Training.Optimization;

/// <summary>Adam or AdamW over named parameters with clipping, a schedule, and state that checkpoints can hold.</summary>
public sealed class TrainingOptimizer : IDisposable
{
    private static readonly TimeSpan ReleaseInterval = TimeSpan.FromMilliseconds(100);

    private readonly IReadOnlyList<(string Name, Parameter Parameter)> _trained;
    private readonly OptimizerSettings _settings;
    private readonly Func<long, double> _factor;
    private readonly AdamRule _rule;
    private long _allocatedAtRelease;
    private long _released;

    /// <summary>Prepares the moments, which are zero.</summary>
    /// <param name="trained">The parameters, by their names in checkpoints; those that need no gradient are refused.</param>
    /// <param name="settings">The rule and its numbers.</param>
    /// <param name="factor">Factor of the learning rate at each step from 0; null for 1.</param>
    /// <exception cref="ArgumentException">There is nothing to train, a parameter is frozen, or a number is out of range.</exception>
    public TrainingOptimizer(
        IEnumerable<(string Name, Parameter Parameter)> trained, OptimizerSettings settings, Func<long, double>? factor = null)
    {
        ArgumentNullException.ThrowIfNull(trained);
        ArgumentNullException.ThrowIfNull(settings);
        _trained = [.. trained];
        (_settings, _factor) = (settings, factor ?? (_ => 1));
        if (_trained.Count == 0)
        {
            throw new ArgumentException("There is no parameter to train.", nameof(trained));
        }

        if (_trained.FirstOrDefault(entry => !entry.Parameter.requires_grad) is { Parameter: not null } frozen)
        {
            throw new ArgumentException($"Parameter '{frozen.Name}' is frozen.", nameof(trained));
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.LearningRate, nameof(settings));
        _rule = new AdamRule(
            _trained.Select(entry => (entry.Name, entry.Parameter, Decays(entry.Parameter) ? settings.WeightDecay : 0)), settings);
    }

    /// <summary>Number of scalars that are trained.</summary>
    public long TrainedScalars => _trained.Sum(entry => entry.Parameter.numel());

    /// <summary>The learning rate in force during a step.</summary>
    /// <param name="step">From 0.</param>
    public double LearningRate(long step) => _settings.LearningRate * _factor(step);

    /// <summary>Clips the gradients of the parameters, moves the parameters and clears the gradients.</summary>
    /// <param name="step">From 0; it chooses the learning rate.</param>
    /// <returns>The norm of the gradient before clipping.</returns>
    /// <exception cref="ReproException">The norm is not finite; parameters and moments are as they were. The message counts steps from 1,
    /// as the metrics do.</exception>
    public double Update(long step)
    {
        var parameters = _trained.Select(entry => entry.Parameter).Where(HasGradient).ToList();
        if (parameters.Count == 0)
        {
            throw new InvalidOperationException("No parameter has a gradient: run backward first.");
        }

        var norm = nn.utils.clip_grad_norm_(parameters, _settings.MaximumGradientNorm ?? double.PositiveInfinity);
        if (!double.IsFinite(norm))
        {
            ClearGradients();
            throw new ReproException(
                Invariant($"The gradient norm at step {step + 1} is {norm}; the parameters were left as they were before the step."))
            {
                HasDiverged = true,
            };
        }

        _rule.Step(LearningRate(step));
        ClearGradients();
        ReleaseNativeObjects();
        return norm;
    }

    /// <summary>Multiplies the gradients of the parameters.</summary>
    /// <param name="factor">Finite.</param>
    public void ScaleGradients(double factor)
    {
        using var scope = NewDisposeScope();
        foreach (var (_, parameter) in _trained)
        {
            parameter.grad?.mul_(factor);
        }
    }

    /// <summary>Clears the gradients, as after a cancelled step.</summary>
    public void ClearGradients()
    {
        foreach (var (_, parameter) in _trained)
        {
            parameter.grad = null;
        }
    }

    /// <summary>The trained parameters and their moments, live, by name.</summary>
    public IReadOnlyDictionary<string, Tensor> StateTensors()
    {
        var state = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, parameter) in _trained)
        {
            state.Add($"parameter.{name}", parameter);
        }

        foreach (var moments in _rule.Moments)
        {
            state.Add($"mean.{moments.Name}", moments.Mean);
            state.Add($"square.{moments.Name}", moments.Square);
        }

        return state;
    }

    /// <summary>The step counters of the moments.</summary>
    public JsonObject StateValues()
    {
        var steps = new JsonObject();
        foreach (var moments in _rule.Moments)
        {
            steps.Add(moments.Name, moments.Updates);
        }

        return new JsonObject { ["updates"] = steps };
    }

    /// <summary>Takes over the counters of a checkpoint.</summary>
    /// <param name="values">What <see cref="StateValues"/> gave.</param>
    /// <exception cref="ReproException">A counter is missing or wrong.</exception>
    public void RestoreValues(JsonObject values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (var moments in _rule.Moments)
        {
            if (values["updates"]?[moments.Name] is not JsonValue value || !value.TryGetValue(out long count) || count < 0)
            {
                throw new ReproException($"The optimiser state has no count of updates for '{moments.Name}'.");
            }

            moments.Updates = count;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _rule.Dispose();

    // TorchSharp makes a native object for each number that goes into an operator and leaves its end to the collector, which does not see
    // it. A few bytes each, they lie between the large blocks of tensors that were freed around them, and keep malloc from joining those:
    // without this the process grows by tens of megabytes a step. A collection stops every thread, those of other runs too: ten a second
    // are enough for models whose steps are shorter than that.
    private void ReleaseNativeObjects()
    {
        const long ManagedBytes = 1 << 18;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        if (allocated - _allocatedAtRelease < ManagedBytes || Stopwatch.GetElapsedTime(_released) < ReleaseInterval)
        {
            return;
        }

        GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        GC.WaitForPendingFinalizers();
        (_allocatedAtRelease, _released) = (allocated, Stopwatch.GetTimestamp());
    }

    // Matrices decay; biases and gains of norms do not.
    private bool Decays(Parameter parameter) => _settings.DecayEverything || parameter.dim() > 1;

    private static bool HasGradient(Tensor parameter)
    {
        using var gradient = parameter.grad;
        return gradient is not null;
    }
}

/// <summary>The optimizer.</summary>
public sealed record OptimizerSettings
{
    /// <summary>The update rule.</summary>
    public OptimizerKind Kind { get; init; } = OptimizerKind.AdamW;

    /// <summary>The largest learning rate of the schedule.</summary>
    [Above(0)]
    public required double LearningRate { get; init; }

    /// <summary>Decay of the mean of gradients.</summary>
    [Within(0, 1, BelowMaximum = true)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean of squared gradients.</summary>
    [Within(0, 1, BelowMaximum = true)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the mean square.</summary>
    [Above(0)]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Weight decay of matrices; biases and norms have none unless <see cref="DecayEverything"/> says so.</summary>
    [AtLeast(0)]
    public double WeightDecay { get; init; }

    /// <summary>Whether vectors decay too.</summary>
    public bool DecayEverything { get; init; }

    /// <summary>Largest norm of the gradient over all parameters; null for no clipping.</summary>
    [Above(0, Instead = "leave the key out for no clipping")]
    public double? MaximumGradientNorm { get; init; }
}

/// <summary>The update rule.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with decoupled weight decay.</summary>
    [JsonStringEnumMemberName("adamw")]
    AdamW,

    /// <summary>Adam; weight decay is added to the gradient.</summary>
    Adam,
}
