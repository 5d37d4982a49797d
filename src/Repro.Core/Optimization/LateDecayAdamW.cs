using Repro.Core.Losses;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Optimization;

/// <summary>
/// The AdamW that transformers shipped until 2024. It differs from the usual one in two places: the weight decay is taken off after the update, from the
/// updated parameter, and epsilon is added to the root of the running square before the bias correction.
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
    /// <exception cref="ArgumentException">The options are another optimiser's or outside their range, or a parameter is in a group already.</exception>
    public override void add_param_group(ParamGroup param_group)
    {
        ArgumentNullException.ThrowIfNull(param_group);
        var options = param_group.Options as LateDecayAdamWOptions
            ?? throw new ArgumentException($"a group with {nameof(LateDecayAdamWOptions)} is expected.", nameof(param_group));
        Guard.NotNegative(options.LearningRate ?? 0, nameof(options.LearningRate));
        Guard.Between(options.Beta1, 0, Math.BitDecrement(1.0), nameof(options.Beta1));
        Guard.Between(options.Beta2, 0, Math.BitDecrement(1.0), nameof(options.Beta2));
        Guard.NotNegative(options.Epsilon, nameof(options.Epsilon));
        Guard.NotNegative(options.WeightDecay, nameof(options.WeightDecay));
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
