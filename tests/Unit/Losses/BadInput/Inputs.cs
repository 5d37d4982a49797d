using Repro.Core.Adaptive;
using Repro.Core.Losses;
using Repro.Core.Training.Policies;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses.BadInput;

/// <summary>
/// Hands out the inputs of one call by the names that its messages must use: all of them good, or one spoiled in one way. Tensors belong to
/// the current dispose scope.
/// </summary>
internal sealed class Inputs(string? name = null, string? way = null)
{
    private static readonly double[] OutsideUnit = [-0.1, 1.1, double.NaN];

    private readonly List<(string Name, string Way)> _ways = [];

    /// <summary>Everything that can be spoiled in the call that used these inputs.</summary>
    public IReadOnlyList<(string Name, string Way)> Ways => _ways;

    /// <summary>Shape [2, 4]; every entry that counts must be finite.</summary>
    public Tensor Tokens(string name) => Finite(name, Table(name), () => Table(name).to_type(ScalarType.Int64));

    /// <summary>As <see cref="Tokens"/> beside another tensor of the same shape and kind.</summary>
    public Tensor SameTokens(string name) => Finite(name, Table(name), null);

    /// <summary>Shape [2, 4]; what is not finite is let through.</summary>
    public Tensor AnyTokens(string name) => Shaped(name, Table(name), () => Table(name).to_type(ScalarType.Int64));

    /// <summary>As <see cref="AnyTokens"/> beside another tensor of the same shape and kind.</summary>
    public Tensor SameAnyTokens(string name) => Shaped(name, Table(name), null);

    /// <summary>Shape [2, 4], from 0 to 1.</summary>
    public Tensor Probabilities(string name) => Give(
        name, Table(name).sigmoid(), ("above 1", () => Table(name).abs() + 1.5), ("below 0", () => -Table(name).abs() - 0.5),
        ("NaN", () => Spoil(Table(name).sigmoid(), double.NaN)), ("a column less", () => Table(name).sigmoid().narrow(1, 0, 3)));

    /// <summary>Shape [2, 4, 3].</summary>
    public Tensor Logits(string name) => Shaped(name, Cube(name), () => Cube(name).to_type(ScalarType.Int64));

    /// <summary>As <see cref="Logits"/> beside another tensor of the same shape and kind.</summary>
    public Tensor SameLogits(string name) => Shaped(name, Cube(name), null);

    /// <summary>Ids below 3 where the mask of <see cref="Mask"/> counts, shape [2, 4].</summary>
    public Tensor Ids(string name) => Give(
        name, Numbers(0, 1, 9, 2, 9, 1, 2, 9), ("an id below 0", () => Numbers(0, -1, 9, 2, 9, 1, 2, 9)),
        ("an id too large", () => Numbers(0, 3, 9, 2, 9, 1, 2, 9)),
        ("floating", () => Table(name)), ("a column less", () => Numbers(0, 1, 9, 2, 9, 1, 2, 9).narrow(1, 0, 3)));

    /// <summary>Shape [2, 4]; may count nothing.</summary>
    public Tensor Mask(string name) => Give(
        name, Good(), ("an entry of 2", () => Numbers(1, 2, 0, 1, 0, 1, 1, 0)), ("a column less", () => Good().narrow(1, 0, 3)),
        ("a vector", () => Good().reshape(8)));

    /// <summary>Shape [2, 4]; must count something.</summary>
    public Tensor Counting(string name) => Give(
        name, Mask(name), ("counts nothing", () => Good().zeros_like()));

    /// <summary>Shape [2, 4]; must count something in each row.</summary>
    public Tensor CountingRows(string name) => Give(
        name, Counting(name), ("an empty row", () => Numbers(1, 1, 0, 1, 0, 0, 0, 0)));

    /// <summary>A mask for <see cref="Logits"/>, of which only the shape is looked at.</summary>
    public Tensor Positions(string name) => Give(
        name, Good(), ("a column less", () => Good().narrow(1, 0, 3)), ("a vector", () => Good().reshape(8)));

    /// <summary>Shape [2], below 0.</summary>
    public Tensor Vector(string name) => Give(
        name, FiniteVector(name), ("whole numbers", () => Pair().to_type(ScalarType.Int64)), ("empty", () => Pair().narrow(0, 0, 0)),
        ("a table", () => Pair().reshape(1, 2)));

    /// <summary>As <see cref="Vector"/> beside another tensor of the same shape and kind.</summary>
    public Tensor SameVector(string name) => Give(name, FiniteVector(name), ("one more", () => tensor([-0.5, -0.7, -0.9])));

    /// <summary>Shape [2], from 0 to 1.</summary>
    public Tensor Labels(string name) => Give(
        name, tensor([0.25, 1.0]), ("above 1", () => tensor([0.25, 1.5])), ("below 0", () => tensor([-0.25, 1.0])),
        ("NaN", () => tensor([0.25, double.NaN])), ("one more", () => tensor([0.25, 1.0, 0.5])));

    /// <summary>Shape [2], not negative.</summary>
    public Tensor Weights(string name) => Give(
        name, tensor([0.0, 2.0]), ("negative", () => tensor([1.0, -1.0])), ("infinity", () => tensor([1.0, double.PositiveInfinity])),
        ("one more", () => tensor([1.0, 1.0, 1.0])));

    /// <summary>A scalar tensor.</summary>
    public Tensor Scalar(string name) => Give(
        name, tensor(0.3), ("NaN", () => tensor(double.NaN)), ("a vector", () => tensor([0.3, 0.3])));

    public double Positive(string name) => Number(name, 0.3, 0, -1, double.NaN, double.PositiveInfinity);

    public double NotNegative(string name) => Number(name, 0.3, -1, double.NaN, double.PositiveInfinity);

    public double Unit(string name) => Number(name, 0.3, OutsideUnit);

    public double Number(string name, double good, params double[] bad) =>
        Give(name, good, [.. bad.Select(value => (Invariant($"{value}"), new Func<double>(() => value)))]);

    public int Whole(string name, int good, params int[] bad) =>
        Give(name, good, [.. bad.Select(value => (Invariant($"{value}"), new Func<int>(() => value)))]);

    public T NotNull<T>(string name, T good)
        where T : class => Give(name, good, ("null", () => null!));

    public ClipRange Clip() => NotNull("clip", new ClipRange(
        Unit("Low"), NotNegative("High"), Number("Dual", 1.5, 1, 0, double.NaN, double.PositiveInfinity)));

    public PairLogProbs Pairs() => NotNull("pairs", new PairLogProbs(
        Vector("PolicyChosen"), SameVector("PolicyRejected"), SameVector("ReferenceChosen"), SameVector("ReferenceRejected")));

    public AdaptiveResponses Responses(string name) => NotNull(name, new AdaptiveResponses(
        Tokens($"{name}.PolicyLogProbs"), SameTokens($"{name}.ReferenceLogProbs"), Mask($"{name}.ResponseMask"),
            Mask($"{name}.AdaptiveMask")));

    public T Give<T>(string input, T good, params (string Way, Func<T> Bad)[] spoils)
    {
        _ways.AddRange(spoils.Select(spoil => (input, spoil.Way)));
        var bad = input == name ? spoils.FirstOrDefault(spoil => spoil.Way == way).Bad : null;
        return bad is null ? good : bad();
    }

    private Tensor FiniteVector(string name) => Give(
        name, Pair(), ("NaN", () => tensor([-0.5, double.NaN])), ("infinity", () => tensor([double.NegativeInfinity, -0.7])));

    private Tensor Finite(string name, Tensor good, Func<Tensor>? whole) => Give(
        name, Shaped(name, good, whole), ("NaN", () => Spoil(good, double.NaN)), ("infinity", () => Spoil(good, double.NegativeInfinity)));

    // The first of several tensors sets the shape, so that only its rank and type can be wrong; the others must fit it.
    private Tensor Shaped(string name, Tensor good, Func<Tensor>? whole) => whole is null
        ? Give(name, good, ("a column less", () => good.narrow(1, 0, 3)), ("a dimension more", () => good.unsqueeze(0)))
        : Give(name, good, ("a dimension more", () => good.unsqueeze(0)), ("whole numbers", whole));

    private static Tensor Good() => tensor([true, true, false, true, false, true, true, false]).reshape(2, 4);

    private static Tensor Pair() => tensor([-0.5, -0.7]);

    private static Tensor Numbers(params long[] values) => tensor(values).reshape(2, 4);

    // Another row of numbers for each name, all below 0.
    private static Tensor Table(string name) =>
        tensor(Enumerable.Range(1, 8).Select(i => -0.1 * (((i * (name.Length + 3)) % 11) + 1)).ToArray()).reshape(2, 4);

    private static Tensor Cube(string name) =>
        tensor(Enumerable.Range(1, 24).Select(i => Math.Sin(i * (name.Length + 3))).ToArray()).reshape(2, 4, 3);

    private static Tensor Spoil(Tensor good, double value)
    {
        var copy = good.clone();
        copy[0, 1] = tensor(value);
        return copy;
    }
}
