using Repro.Core;
using Repro.Core.Batching;
using Repro.Core.Evaluation.Judges;
using Repro.Core.Models;
using Repro.Core.Randomness;
using static TorchSharp.torch;

namespace Repro.Experiments.Worlds;

/// <summary>People who label responses: ratings and rankings of the same texts, with stated faults.</summary>
/// <param name="settings">The faults.</param>
/// <param name="random">What is drawn from.</param>
internal sealed class Annotators(AnnotatorSettings settings, Xoshiro256 random)
{
    /// <summary>The mean of one to three ratings on a scale from 1 to 5: quality with noise, rounded to whole points.</summary>
    /// <param name="quality">True quality, from 0 to 1.</param>
    /// <param name="style">Style of the response.</param>
    public double Rating(double quality, WorldStyle style)
    {
        var raters = 1 + random.NextInt32(3);
        return Enumerable.Range(0, raters).Average(_ => OneRating(quality + Liking(style, settings.RatingStyleBias)));
    }

    /// <summary>Whether the first response is preferred: a Bradley-Terry choice on quality over the temperature, with what the style
    /// adds.</summary>
    /// <param name="first">Quality and style of the first.</param>
    /// <param name="second">Quality and style of the second.</param>
    public bool PrefersFirst((double Quality, WorldStyle Style) first, (double Quality, WorldStyle Style) second)
    {
        var worth = (first.Quality - second.Quality) / settings.Temperature
            + Liking(first.Style, settings.RankingStyleBias) - Liking(second.Style, settings.RankingStyleBias);
        return random.NextDouble() < 1 / (1 + Math.Exp(-worth));
    }

    private double OneRating(double quality) =>
        Math.Clamp(Math.Round(1 + (4 * (quality + (settings.RatingNoise * random.NextNormal()))), MidpointRounding.AwayFromZero), 1, 5);

    private static double Liking(WorldStyle style, double bias) => style is WorldStyle.Wordy or WorldStyle.Polite ? bias : 0;
}

/// <summary>What is wrong with annotators.</summary>
internal sealed record AnnotatorSettings
{
    /// <summary>Standard deviation of one rating, in units of quality.</summary>
    public double RatingNoise { get; init; } = 0.1;

    /// <summary>What a wordy or polite style adds to a rating, in units of quality.</summary>
    public double RatingStyleBias { get; init; }

    /// <summary>Divides differences of quality in rankings.</summary>
    public double Temperature { get; init; } = 0.1;

    /// <summary>What a wordy or polite style adds to the log-odds of being preferred.</summary>
    public double RankingStyleBias { get; init; }
}

/// <summary>The judge that sees the true quality of answers of a world, which stand in texts as token ids (<see cref="World.Text"/>):
/// against it a judge, or a panel of them, can be measured.</summary>
/// <param name="world">The world.</param>
/// <param name="name">Stands with its judgements: those of two worlds are of two judges.</param>
internal sealed class WorldJudge(World world, string name = "gold") : IPairJudge
{
    /// <inheritdoc/>
    public string Name => name;

    /// <summary>What the gold judge says of two qualities: 1, 0 or 0.5 for the first.</summary>
    public static double Gold(double first, double second) => first > second ? 1 : first < second ? 0 : 0.5;

    /// <inheritdoc/>
    public Task<Judgement> JudgeAsync(AnswerPair pair, bool switched, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        var prompt = Prompt(pair);
        var first = Gold(
            world.Quality(prompt, Ids(pair.Where1, pair, "output_1", pair.Output1)),
            world.Quality(prompt, Ids(pair.Where2, pair, "output_2", pair.Output2)));
        return Task.FromResult(new Judgement(pair, switched, 2 - first, JudgeOutcome.Read) { Model = Name });
    }

    private static WorldPrompt Prompt(AnswerPair pair)
    {
        var ids = Ids(pair.Where1, pair, "instruction", pair.Instruction);
        try
        {
            return World.PromptOf(ids);
        }
        catch (ArgumentException e)
        {
            throw new ReproException($"{Place(pair.Where1, pair)}: instruction: '{pair.Instruction}' is no prompt of a world; "
                + "the ids of a count and of an attribute were expected among its ids", e);
        }
    }

    private static long[] Ids(string where, AnswerPair pair, string column, string text)
    {
        try
        {
            return World.IdsOf(text);
        }
        catch (FormatException e)
        {
            throw new ReproException($"{Place(where, pair)}: {column}: {e.Message}", e);
        }
    }

    private static string Place(string where, AnswerPair pair) => where.Length > 0 ? where : Invariant($"pair {pair.Index}");
}

/// <summary>
/// A reward model whose every score is planted: the true value of a token plus noise, which is the same whenever the same tokens up to
/// there come again, as with a trained model.
/// </summary>
/// <param name="world">The world.</param>
/// <param name="noise">Standard deviation of the noise.</param>
/// <param name="factor">Factor of the true value: 1, 0 for noise alone, -1 for a model that is wrong throughout.</param>
internal sealed class PlantedTokenRewards(World world, double noise, double factor = 1) : IRewardModel
{
    /// <inheritdoc/>
    public Tensor Score(Tensor ids, Tensor mask) => ScoreTokens(ids, mask).sum(1);

    /// <inheritdoc/>
    public Tensor ScoreTokens(Tensor ids, Tensor mask)
    {
        var (rows, time) = ((int)ids.shape[0], (int)ids.shape[1]);
        var all = ids.cpu().contiguous().data<long>().ToArray();
        var counted = mask.to(ScalarType.Bool).cpu().contiguous().data<bool>().ToArray();
        var scores = new float[all.Length];
        for (var row = 0; row < rows; row++)
        {
            int[] places = [.. Enumerable.Range(row * time, time).Where(place => counted[place])];
            var values = OfText([.. places.Select(place => all[place])]);
            for (var place = 0; place < places.Length; place++)
            {
                scores[places[place]] = (float)values[place];
            }
        }

        return tensor(scores, [rows, time], device: ids.device);
    }

    /// <summary>Scores of each token of a text; 0 in its prompt.</summary>
    public double[] OfText(IReadOnlyList<long> ids)
    {
        var response = ids.Skip(World.PromptLength).ToArray();
        var truth = world.Values(World.PromptOf(ids), response);
        var scores = new double[ids.Count];
        for (var place = 0; place < response.Length; place++)
        {
            var error = noise == 0 ? 0 : noise * Noise.Draw(world.Streams, "token reward noise", ids.Take(World.PromptLength + place + 1));
            scores[World.PromptLength + place] = (factor * truth[place]) + error;
        }

        return scores;
    }
}

/// <summary>Normal numbers from a generator that gives the same numbers on every platform.</summary>
internal static class Noise
{
    /// <summary>A draw of N(0, 1) by the method of Box and Muller.</summary>
    /// <param name="random">Gives two numbers.</param>
    public static double NextNormal(this Xoshiro256 random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Several draws.</summary>
    /// <param name="random">Gives two numbers for each.</param>
    /// <param name="count">How many.</param>
    public static double[] NextNormals(this Xoshiro256 random, int count)
    {
        var draws = new double[count];
        for (var i = 0; i < count; i++)
        {
            draws[i] = random.NextNormal();
        }

        return draws;
    }

    /// <summary>Noise that is a function of some tokens.</summary>
    public static double Draw(RandomStreams streams, string purpose, IEnumerable<long> ids)
    {
        var hash = ids.Aggregate(17L, (sum, id) => unchecked((sum * 1_000_003) + id + 1));
        return new Xoshiro256(unchecked((ulong)streams.For(purpose, hash))).NextNormal();
    }
}

/// <summary>Scores of whole responses that worlds plant.</summary>
internal static class PlantedScores
{
    /// <summary>A rating of the response: quality with noise, on a scale from -2 to 2.</summary>
    public static Func<Rollout, double> Rating(World world, double noise) => rollout =>
    {
        long[] ids = [.. rollout.Prompt.Ids, .. rollout.Response];
        var quality = world.Quality(World.PromptOf(rollout.Prompt.Ids), rollout.Response);
        return (4 * quality) - 2 + (noise * Noise.Draw(world.Streams, "rating noise", ids));
    };
}
