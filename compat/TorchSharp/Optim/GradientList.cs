using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>The parameters of a group that have a gradient, with gradients and states at equal positions.</summary>
internal sealed class GradientList<TState>
    where TState : OptimizerState
{
    private GradientList(Tensor[] parameters, Tensor[] gradients, TState[] states)
    {
        Parameters = parameters;
        Gradients = gradients;
        States = states;
    }

    internal Tensor[] Parameters { get; }

    internal Tensor[] Gradients { get; }

    internal TState[] States { get; }

    /// <summary>Collects a group; with <paramref name="maximize"/> the gradients change sign.</summary>
    internal static GradientList<TState> Of(ParamGroup group, OrderedDict<IntPtr, OptimizerState> states, bool maximize)
    {
        var parameters = new List<Tensor>();
        var gradients = new List<Tensor>();
        var found = new List<TState>();
        foreach (Parameter parameter in group.Parameters)
        {
            if (parameter.grad is { } gradient)
            {
                parameters.Add(parameter);
                gradients.Add(gradient);
                found.Add((TState)states[parameter.Handle]);
            }
        }

        Tensor[] list = [.. gradients];
        return new GradientList<TState>([.. parameters], maximize && list.Length > 0 ? Ops.ForeachNeg.Many(list) : list, [.. found]);
    }

    /// <summary>The same in parts with an equal key each: one part, this list itself, where all keys are equal.</summary>
    internal IEnumerable<GradientList<TState>> PartsBy(Func<TState, long> key)
    {
        if (States.Length == 0)
        {
            return [];
        }

        if (Array.TrueForAll(States, state => key(state) == key(States[0])))
        {
            return [this];
        }

        return Enumerable.Range(0, States.Length)
            .GroupBy(i => key(States[i]))
            .Select(part => new GradientList<TState>(
                part.Select(i => Parameters[i]).ToArray(), part.Select(i => Gradients[i]).ToArray(), part.Select(i => States[i]).ToArray()));
    }

    internal Tensor[] Each(Func<TState, Tensor> tensor) => Array.ConvertAll(States, state => tensor(state));

    /// <summary>Adds L2 regularisation to the gradients: new tensors, the gradients of the parameters stay.</summary>
    internal GradientList<TState> WithDecay(double decay)
        => decay == 0 || States.Length == 0 ? this : new GradientList<TState>(Parameters, Ops.ForeachAdd.Many(Gradients, Parameters, decay), States);
}
