using Repro.Core;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Optimization;

/// <summary>
/// The AdamW that transformers shipped until 2024. It differs from the usual one in two places: the weight decay is taken off after the
/// update, from the updated parameter, and epsilon is added to the root of the running square before the bias correction.
/// </summary>
public sealed class LateDecayAdamW : OptimizerHelper
{
    /// <summary>Starts with all parameters in one group.</summary>
    /// <param name="parameters">The parameters, each once.</param>
    /// <param name="learningRate">Not negative.</param>
    /// <param name="options">The other hyperparameters; null for their defaults.</param>
    /// <exception cref="ArgumentException">A hyperparameter is outside its range, or a parameter is given twice.</exception>
    public LateDecayAdamW(IEnumerable<Parameter> parameters, double learningRate, LateDecayAdamWOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        options ??= new LateDecayAdamWOptions();
        options.LearningRate = learningRate;
        options.InitialLearningRate = learningRate;
        _defaults = options;
        _parameter_groups = [];
        add_param_group(new ParamGroup<LateDecayAdamWOptions>(parameters, options));
    }

    /// <summary>Adds a group with options of its own.</summary>
    /// <param name="param_group">A group with <see cref="LateDecayAdamWOptions"/>.</param>
    /// <exception cref="ArgumentException">The options are another optimiser's or outside their range, or a parameter is in a group
    /// already.</exception>
    public override void add_param_group(ParamGroup param_group)
    {
        ArgumentNullException.ThrowIfNull(param_group);
        var options = param_group.Options as LateDecayAdamWOptions
            ?? throw new ArgumentException($"a group with {nameof(LateDecayAdamWOptions)} is expected.", nameof(param_group));
        TensorChecks.NotNegative(options.LearningRate ?? 0, nameof(options.LearningRate));
        TensorChecks.Between(options.Beta1, 0, Math.BitDecrement(1.0), nameof(options.Beta1));
        TensorChecks.Between(options.Beta2, 0, Math.BitDecrement(1.0), nameof(options.Beta2));
        TensorChecks.NotNegative(options.Epsilon, nameof(options.Epsilon));
        TensorChecks.NotNegative(options.WeightDecay, nameof(options.WeightDecay));
        var parameters = param_group.Parameters.ToArray();
        param_group.Parameters = parameters;
        var known = new HashSet<IntPtr>(_state.keys());
        if (!parameters.All(parameter => known.Add(parameter.Handle)))
        {
            throw new ArgumentException("a parameter appears twice among the parameter groups.", nameof(param_group));
        }

        foreach (var parameter in parameters)
        {
            _state[parameter.Handle] = new LateDecayAdamWState(parameter);
        }

        _parameter_groups.Add(param_group);
    }

    /// <inheritdoc/>
    public override Tensor? step(Func<Tensor>? closure = null) => _step<ParamGroup<LateDecayAdamWOptions>>(Update, closure);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        foreach (var state in _state.values().OfType<LateDecayAdamWState>())
        {
            state.Dispose();
        }
    }

    private void Update(ParamGroup<LateDecayAdamWOptions> group)
    {
        var options = group.Options;
        var rate = options.LearningRate ?? options.InitialLearningRate;
        foreach (var parameter in group.Parameters)
        {
            if (parameter.grad is not { } gradient)
            {
                continue;
            }

            using var scope = NewDisposeScope();
            var state = (LateDecayAdamWState)_state[parameter.Handle];
            state.Step++;
            state.Mean.mul_(options.Beta1).add_(gradient, alpha: 1 - options.Beta1);
            state.Square.mul_(options.Beta2).addcmul_(gradient, gradient, value: 1 - options.Beta2);
            var correction = options.CorrectBias
                ? Math.Sqrt(1 - Math.Pow(options.Beta2, state.Step)) / (1 - Math.Pow(options.Beta1, state.Step))
                : 1;
            parameter.addcdiv_(state.Mean, state.Square.sqrt().add_(options.Epsilon), value: -rate * correction);
            if (options.WeightDecay > 0)
            {
                parameter.mul_(1 - (rate * options.WeightDecay));
            }
        }
    }
}

/// <summary>Hyperparameters of a parameter group of <see cref="LateDecayAdamW"/>.</summary>
public sealed class LateDecayAdamWOptions : OptimizerOptions
{
    /// <summary>Decay of the running mean of the gradient, from 0 to below 1.</summary>
    public double Beta1 { get; set; } = 0.9;

    /// <summary>Decay of the running mean of its square, from 0 to below 1.</summary>
    public double Beta2 { get; set; } = 0.999;

    /// <summary>Added to the root of the running square before the bias correction, not negative.</summary>
    public double Epsilon { get; set; } = 1e-6;

    /// <summary>Share of the parameter, times the learning rate, that is taken off after the update; not negative.</summary>
    public double WeightDecay { get; set; }

    /// <summary>Whether the running means are corrected for having started from 0.</summary>
    public bool CorrectBias { get; set; } = true;

    /// <inheritdoc/>
    public override void SaveStateDict(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        base.SaveStateDict(writer);
        writer.Write(Beta1);
        writer.Write(Beta2);
        writer.Write(Epsilon);
        writer.Write(WeightDecay);
        writer.Write(CorrectBias);
    }

    /// <inheritdoc/>
    public override void LoadStateDict(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        base.LoadStateDict(reader);
        Beta1 = reader.ReadDouble();
        Beta2 = reader.ReadDouble();
        Epsilon = reader.ReadDouble();
        WeightDecay = reader.ReadDouble();
        CorrectBias = reader.ReadBoolean();
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The options are another optimiser's.</exception>
    public override void LoadStateDict(OptimizerOptions source)
    {
        var other = source as LateDecayAdamWOptions
            ?? throw new ArgumentException(
                $"options of {nameof(LateDecayAdamW)} are expected, got {source?.GetType().Name}.", nameof(source));
        base.LoadStateDict(source);
        (Beta1, Beta2, Epsilon, WeightDecay, CorrectBias) = (other.Beta1, other.Beta2, other.Epsilon, other.WeightDecay, other.CorrectBias);
    }
}

/// <summary>What <see cref="LateDecayAdamW"/> remembers of one parameter.</summary>
internal sealed class LateDecayAdamWState(Parameter parameter) : OptimizerState(parameter), IDisposable
{
    private Tensor? _mean = Zeros(parameter);
    private Tensor? _square = Zeros(parameter);

    public long Step { get; set; }

    /// <summary>Running mean of the gradient.</summary>
    public Tensor Mean => _mean!;

    /// <summary>Running mean of its square.</summary>
    public Tensor Square => _square!;

    public override void Initialize(OptimizerOptions options)
    {
        using var quiet = no_grad();
        Step = 0;
        Mean.zero_();
        Square.zero_();
    }

    public override void to(Device device)
    {
        Replace(ref _mean, Mean.to(device));
        Replace(ref _square, Square.to(device));
    }

    public override void SaveStateDict(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(Step);
        SaveConditionalStateTensor(writer, _mean);
        SaveConditionalStateTensor(writer, _square);
    }

    public override void LoadStateDict(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Step = reader.ReadInt64();
        LoadConditionalStateTensor(reader, ref _mean, _parameter.device);
        LoadConditionalStateTensor(reader, ref _square, _parameter.device);
        foreach (var tensor in new[] { _mean, _square })
        {
            if (tensor is null || !tensor.shape.SequenceEqual(_parameter.shape))
            {
                throw new ReproException(
                    $"optimiser state of shape {(tensor is null ? "none" : TensorChecks.Show(tensor))} does not belong to a parameter of "
                        + $"shape {TensorChecks.Show(_parameter)}.");
            }
        }
    }

    public override void LoadStateDict(OptimizerState source)
    {
        var other = source as LateDecayAdamWState
            ?? throw new ArgumentException($"state of {nameof(LateDecayAdamW)} is expected, got {source?.GetType().Name}.", nameof(source));
        using var quiet = no_grad();
        Step = other.Step;
        Mean.copy_(other.Mean);
        Square.copy_(other.Square);
    }

    public override bool ApproximatelyEquals(OptimizerState other) =>
        other is LateDecayAdamWState state && Step == state.Step && Mean.allclose(state.Mean) && Square.allclose(state.Square);

    public void Dispose()
    {
        _mean?.Dispose();
        _square?.Dispose();
    }

    private static Tensor Zeros(Parameter parameter)
    {
        using var quiet = no_grad();
        return parameter.detach().zeros_like().DetachFromDisposeScope();
    }

    private static void Replace(ref Tensor? old, Tensor moved)
    {
        if (!ReferenceEquals(old, moved))
        {
            old?.Dispose();
            old = moved.DetachFromDisposeScope();
        }
    }
}
