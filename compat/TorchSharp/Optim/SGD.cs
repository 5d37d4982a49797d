using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Stochastic gradient descent with momentum; weight decay is added to the gradient.</summary>
public partial class SGD : OptimizerHelper, optim.IMomentum
{
    public SGD(
        IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
        : this([new ParamGroup { Parameters = parameters }], lr, momentum, dampening, weight_decay, nesterov, maximize)
    {
    }

    /// <exception cref="ArgumentException">A hyperparameter is outside its range, or Nesterov momentum has no momentum or is damped.</exception>
    public SGD(
        IEnumerable<ParamGroup> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Require(lr >= 0, "learning rate", lr);
        Require(momentum >= 0, "momentum", momentum);
        Require(weight_decay >= 0, "weight decay", weight_decay);
        Require(!nesterov || (momentum > 0 && dampening == 0), "momentum for Nesterov without dampening", momentum);
        _defaults = new Options
        {
            LearningRate = lr,
            InitialLearningRate = lr,
            momentum = momentum,
            dampening = dampening,
            weight_decay = weight_decay,
            nesterov = nesterov,
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

        Tensor[] directions = options.momentum is > 0 ? Momenta(list, options) : list.Gradients;
        Ops.ForeachAddListInPlace.Run(list.Parameters, directions, -group.LearningRate);
    }

    // The first buffer of a parameter is its gradient, without dampening.
    private static Tensor[] Momenta(GradientList<State> list, Options options)
    {
        double momentum = options.momentum ?? 0;
        foreach (GradientList<State> part in list.PartsBy(state => state.momentum_buffer is null ? 0 : 1))
        {
            if (part.States[0].momentum_buffer is null)
            {
                for (int i = 0; i < part.States.Length; i++)
                {
                    part.States[i].momentum_buffer = part.Gradients[i].clone().DetachFromDisposeScope();
                }
            }
            else
            {
                Tensor[] own = part.Each(state => state.momentum_buffer!);
                Ops.ForeachMulInPlace.Run(own, momentum);
                Ops.ForeachAddListInPlace.Run(own, part.Gradients, 1 - (options.dampening ?? 0));
            }
        }

        Tensor[] buffers = list.Each(state => state.momentum_buffer!);
        return options.nesterov == true ? Ops.ForeachAdd.Many(list.Gradients, buffers, momentum) : buffers;
    }
}
