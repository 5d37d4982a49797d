using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// The update of Adam and AdamW, in one pass where <see cref="FusedAdam"/> can, otherwise with one native call for each operation
/// on all parameters:
/// m = β₁m + (1 - β₁)g, v = β₂v + (1 - β₂)g², θ -= rate / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε).
/// </summary>
internal static class AdamUpdate
{
    internal static void Run<TState>(GradientList<TState> all, AdamSettings settings)
        where TState : OptimizerState, IAdamState
    {
        foreach (GradientList<TState> part in all.PartsBy(state => state.Step))
        {
            RunPart(part, settings);
        }
    }

    private static void RunPart<TState>(GradientList<TState> part, AdamSettings settings)
        where TState : OptimizerState, IAdamState
    {
        if (RunFused(part, settings))
        {
            return;
        }

        if (settings.Decoupled)
        {
            if (settings.Decay != 0)
            {
                Ops.ForeachMulInPlace.Run(part.Parameters, 1 - (settings.Rate * settings.Decay));
            }
        }
        else
        {
            part = part.WithDecay(settings.Decay);
        }

        long step = part.States[0].Step + 1;
        foreach (TState state in part.States)
        {
            state.Step = step;
        }

        Tensor[] means = part.Each(state => state.Mean);
        Tensor[] squares = part.Each(state => state.Square);
        Ops.ForeachMulInPlace.Run(means, settings.Beta1);
        Ops.ForeachAddListInPlace.Run(means, part.Gradients, 1 - settings.Beta1);
        Ops.ForeachMulInPlace.Run(squares, settings.Beta2);
        Ops.ForeachAddcmulInPlace.Run(squares, part.Gradients, part.Gradients, 1 - settings.Beta2);
        if (part.States[0].LargestSquare is not null)
        {
            squares = Largest(part);
        }

        Tensor[] denominators = Ops.ForeachSqrt.Many(squares);
        Ops.ForeachDivInPlace.Run(denominators, Math.Sqrt(1 - Math.Pow(settings.Beta2, step)));
        Ops.ForeachAddInPlace.Run(denominators, settings.Eps);
        Ops.ForeachAddcdivInPlace.Run(part.Parameters, means, denominators, -settings.Rate / (1 - Math.Pow(settings.Beta1, step)));
    }

    private static bool RunFused<TState>(GradientList<TState> part, AdamSettings settings)
        where TState : OptimizerState, IAdamState
    {
        if (!settings.Decoupled && settings.Decay != 0)
        {
            return false;
        }

        for (int i = 0; i < part.States.Length; i++)
        {
            TState state = part.States[i];
            if (state.LargestSquare is not null || !FusedAdam.Fits(part.Parameters[i], part.Gradients[i], state.Mean, state.Square))
            {
                return false;
            }
        }

        long step = part.States[0].Step + 1;
        var factors = new FusedAdam.Factors(
            Keep: (float)(1 - (settings.Rate * (settings.Decoupled ? settings.Decay : 0))),
            Beta1: (float)settings.Beta1,
            NewMean: (float)(1 - settings.Beta1),
            Beta2: (float)settings.Beta2,
            NewSquare: (float)(1 - settings.Beta2),
            Root: (float)Math.Sqrt(1 - Math.Pow(settings.Beta2, step)),
            Eps: (float)settings.Eps,
            Rate: (float)(-settings.Rate / (1 - Math.Pow(settings.Beta1, step))));
        for (int i = 0; i < part.States.Length; i++)
        {
            TState state = part.States[i];
            FusedAdam.Run(part.Parameters[i], part.Gradients[i], state.Mean, state.Square, factors);
            state.Step = step;
        }

        return true;
    }

    private static Tensor[] Largest<TState>(GradientList<TState> part)
        where TState : OptimizerState, IAdamState
        => part.Each(state =>
        {
            using Tensor larger = maximum(state.LargestSquare!, state.Square);
            return state.LargestSquare!.copy_(larger);
        });
}
