using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Gradients divided by the root of their running mean square; weight decay is added to the gradient.</summary>
public partial class RMSProp : OptimizerHelper, optim.IMomentum
{
    public RMSProp(
        IEnumerable<Parameter> parameters, double lr = 1e-3, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false)
        : this([new ParamGroup { Parameters = parameters }], lr, alpha, eps, weight_decay, momentum, centered, maximize)
    {
    }

    /// <exception cref="ArgumentException">A hyperparameter is outside its range.</exception>
    public RMSProp(
        IEnumerable<ParamGroup> parameters, double lr = 1e-3, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Require(lr >= 0, "learning rate", lr);
        Require(eps >= 0, "eps", eps);
        Require(alpha >= 0, "alpha", alpha);
        Require(momentum >= 0, "momentum", momentum);
        Require(weight_decay >= 0, "weight decay", weight_decay);
        _defaults = new Options
        {
            LearningRate = lr,
            InitialLearningRate = lr,
            alpha = alpha,
            eps = eps,
            weight_decay = weight_decay,
            momentum = momentum,
            centered = centered,
            maximize = maximize,
        };
        foreach (ParamGroup group in parameters)
        {
            add_param_group(group);
        }
    }

    /// <summary>The momentum that groups to come take.</summary>
    public double Momentum
    {
        get => ((Options)_defaults).momentum ?? 0;
        set => ((Options)_defaults).momentum = value;
    }

    public override void add_param_group(Modules.ParamGroup param_group)
    {
        ArgumentNullException.ThrowIfNull(param_group);
        param_group.Options ??= new Options();
        ((Options)param_group.Options).Complete((Options)_defaults);
        AddGroup(param_group, parameter => new State(parameter));
    }

    public override Tensor? step(Func<Tensor>? closure = null) => _step<ParamGroup>(Update, closure);

    protected override void Dispose(bool disposing) => base.Dispose(disposing);

    private void Update(ParamGroup group)
    {
        Options options = group.Options;
        GradientList<State> list = GradientList<State>.Of(group, _state, options.maximize == true).WithDecay(options.weight_decay ?? 0);
        if (list.States.Length == 0)
        {
            return;
        }

        foreach (State state in list.States)
        {
            state.step++;
        }

        double alpha = options.alpha ?? 0;
        Tensor[] squares = list.Each(state => state.square_avg);
        Ops.ForeachMulInPlace.Run(squares, alpha);
        Ops.ForeachAddcmulInPlace.Run(squares, list.Gradients, list.Gradients, 1 - alpha);
        Tensor[] roots = Ops.ForeachSqrt.Many(options.centered == true ? Variances(list, squares, alpha) : squares);
        Ops.ForeachAddInPlace.Run(roots, options.eps ?? 0);
        if (options.momentum is > 0)
        {
            Tensor[] buffers = list.Each(state => state.momentum_buffer ??= zeros_like(state.square_avg).DetachFromDisposeScope());
            Ops.ForeachMulInPlace.Run(buffers, options.momentum.Value);
            Ops.ForeachAddcdivInPlace.Run(buffers, list.Gradients, roots, 1.0);
            Ops.ForeachAddListInPlace.Run(list.Parameters, buffers, -group.LearningRate);
        }
        else
        {
            Ops.ForeachAddcdivInPlace.Run(list.Parameters, list.Gradients, roots, -group.LearningRate);
        }
    }

    private static Tensor[] Variances(GradientList<State> list, Tensor[] squares, double alpha)
    {
        Tensor[] means = list.Each(state => state.grad_avg ??= zeros_like(state.square_avg).DetachFromDisposeScope());
        Ops.ForeachMulInPlace.Run(means, alpha);
        Ops.ForeachAddListInPlace.Run(means, list.Gradients, 1 - alpha);
        return Ops.ForeachAddcmul.Many(squares, means, means, -1.0);
    }
}
