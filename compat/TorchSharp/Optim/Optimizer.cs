using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        /// <summary>Base of all optimisers: groups of parameters, each with options of its own.</summary>
        public abstract class Optimizer : IDisposable
        {
            protected IList<ParamGroup> _parameter_groups = [];

            private protected Optimizer()
            {
            }

            /// <summary>The groups, as a learning-rate scheduler sees them.</summary>
            public virtual IEnumerable<ILearningRateController> ParamGroups => _parameter_groups;

            /// <summary>Whether a scheduler has taken the initial rates: those made later must not take what it set since.</summary>
            internal bool IsScheduled { get; set; }

            public virtual IEnumerable<Parameter> parameters() => _parameter_groups.SelectMany(group => group.Parameters);

            /// <summary>Adds a group; options it leaves open take those of the optimiser.</summary>
            public virtual void add_param_group(ParamGroup param_group) => _parameter_groups.Add(param_group);

            /// <summary>Updates the parameters that have a gradient.</summary>
            /// <param name="closure">Computes loss and gradients first; its loss is returned.</param>
            /// <exception cref="NotSupportedException">The optimiser does not define its step.</exception>
            public virtual Tensor? step(Func<Tensor>? closure = null) =>
                throw new NotSupportedException($"{GetType().Name} does not define step.");

            /// <summary>Fills all gradients with zeros. <c>Module.zero_grad</c> forgets them instead, which is faster.</summary>
            public virtual void zero_grad()
            {
                using var scope = NewDisposeScope();
                using var noGradient = no_grad();
                Tensor[] gradients = parameters().Select(parameter => parameter.grad).OfType<Tensor>().ToArray();
                if (gradients.Length > 0)
                {
                    Ops.ForeachZeroInPlace.Run(gradients);
                }
            }

            /// <summary>Releases the state; the parameters stay.</summary>
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
            }

            /// <summary>The state of an optimiser: options per group, state per parameter in the order of the groups.</summary>
            public class StateDictionary
            {
                internal StateDictionary()
                {
                }

                public List<OptimizerOptions> Options { get; } = [];

                public List<OptimizerState> State { get; } = [];

                /// <summary>For every group, which entries of <see cref="State"/> are its own.</summary>
                public List<List<int>> StateIndexRef { get; } = [];
            }
        }

        /// <summary>What a learning-rate scheduler reads and sets.</summary>
        public interface ILearningRateController
        {
            double LearningRate { get; set; }

            double InitialLearningRate { get; set; }
        }

        /// <summary>Has a momentum that some schedulers set.</summary>
        public interface IMomentum
        {
            double Momentum { get; set; }
        }

        /// <summary>Has two decay rates, of which some schedulers set the first.</summary>
        public interface IBetas
        {
            (double, double) Betas { get; set; }
        }
    }
}
