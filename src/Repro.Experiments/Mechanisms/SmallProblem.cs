using Repro.Experiments.Adr.Identities;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// A problem of reinforcement learning that can be written out: two states, two actions, three steps, chance in the transitions. Its 32
/// trajectories are enumerated; values come from a recursion backward through the steps, which does not use the enumeration.
/// </summary>
internal sealed class SmallProblem
{
    /// <summary>Steps of a trajectory.</summary>
    public const int Steps = 3;

    /// <summary>Numbers of a policy: a score for each action in each state.</summary>
    public const int PolicyNumbers = 4;

    // Of each state and action: the chance to go to state 1, and the reward.
    private readonly double[] _chance;
    private readonly double[] _reward;

    public SmallProblem(Draws draws)
    {
        _chance = [.. draws.Reals(4, 0.4).Select(x => x + 0.5)];
        _reward = draws.Reals(4, 1);
    }

    /// <summary>A problem with given numbers, each for the pairs (state, action) = (0, 0), (0, 1), (1, 0), (1, 1).</summary>
    public SmallProblem(double[] chance, double[] reward)
    {
        (_chance, _reward) = (chance, reward);
    }

    /// <summary>All trajectories that begin in state 0.</summary>
    public static IReadOnlyList<Trajectory> Trajectories { get; } = [.. Enumerable.Range(0, 32).Select(number =>
        new Trajectory([0, Bit(number, 0), Bit(number, 1)], [Bit(number, 2), Bit(number, 3), Bit(number, 4)]))];

    /// <summary>Rewards of all trajectories, [trajectories, steps] in row-major order.</summary>
    public double[] Rewards => [.. Trajectories.SelectMany(t => Enumerable.Range(0, Steps).Select(step => _reward[t.Pair(step)]))];

    /// <summary>The sum of the rewards of each trajectory.</summary>
    public double[] Returns => [.. Rewards.Chunk(Steps).Select(rewards => rewards.Sum())];

    /// <summary>Log-probabilities of the actions of all trajectories, [trajectories, steps], with the policy's graph.</summary>
    /// <param name="policy">Scores, float64, [4].</param>
    public static Tensor ActionLogProbs(Tensor policy)
    {
        var pairs = Trajectories.SelectMany(t => Enumerable.Range(0, Steps).Select(step => (long)t.Pair(step)));
        return policy.reshape(2, 2).log_softmax(1).reshape(4).index_select(0, tensor(pairs.ToArray())).reshape(Trajectories.Count, Steps);
    }

    /// <summary>Log-probabilities of all trajectories, chance included, [trajectories], with the policy's graph.</summary>
    /// <param name="policy">Scores, float64, [4].</param>
    public Tensor LogProbs(Tensor policy) =>
        ActionLogProbs(policy).sum([1]) + Scalars.From([.. Trajectories.Select(LogChance)], Trajectories.Count);

    /// <summary>The expected return by the recursion, a scalar with the policy's graph.</summary>
    /// <param name="policy">Scores, float64, [4].</param>
    public Tensor ExpectedReturn(Tensor policy) => States(policy)[0][0];

    /// <summary>The value of each state at each step, [steps][states].</summary>
    public double[][] StateValues(Tensor policy) => [.. States(policy).Select(Deviations.Values)];

    /// <summary>The value of each action at each step, [steps][state, action].</summary>
    public double[][] ActionValues(Tensor policy)
    {
        var states = States(policy);
        return [.. Enumerable.Range(0, Steps).Select(step => Deviations.Values(Actions(states[step + 1])))];
    }

    private static int Bit(int number, int place) => (number >> place) & 1;

    // From the end, where nothing follows, backward.
    private Tensor[] States(Tensor policy)
    {
        var probabilities = policy.reshape(2, 2).softmax(1);
        var values = new Tensor[Steps + 1];
        values[Steps] = zeros([2], ScalarType.Float64);
        for (var step = Steps - 1; step >= 0; step--)
        {
            values[step] = (probabilities * Actions(values[step + 1]).reshape(2, 2)).sum([1]);
        }

        return values;
    }

    private Tensor Actions(Tensor next)
    {
        var chance = Scalars.From(_chance, 4);
        return Scalars.From(_reward, 4) + (chance * next[1]) + ((1 - chance) * next[0]);
    }

    private double LogChance(Trajectory trajectory) => Enumerable.Range(0, Steps - 1).Sum(step =>
        Math.Log(trajectory.States[step + 1] == 1 ? _chance[trajectory.Pair(step)] : 1 - _chance[trajectory.Pair(step)]));
}

/// <summary>One way through the problem.</summary>
/// <param name="States">The state at each step.</param>
/// <param name="Actions">The action at each step.</param>
internal sealed record Trajectory(int[] States, int[] Actions)
{
    /// <summary>Index of state and action at a step.</summary>
    public int Pair(int step) => (2 * States[step]) + Actions[step];
}
