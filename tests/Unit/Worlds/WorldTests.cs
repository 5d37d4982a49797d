using Repro.Experiments.Worlds;

namespace Repro.Tests.Unit.Worlds;

/// <summary>The truths that worlds promise, on which every mechanism claim rests.</summary>
public sealed class WorldTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.25)]
    [InlineData(0.4)]
    public void Every_thing_is_right_as_often_as_wrong_in_the_seen_domain(double misplaced)
    {
        var world = new World(3);
        var (right, wrong) = (new int[World.VocabularySize], new int[World.VocabularySize]);
        foreach (var pair in WorldPairs.Draw(world, 640, misplaced, "test"))
        {
            Count(world, pair.Prompt, pair.Better, right, wrong);
            Count(world, pair.Prompt, pair.Worse, right, wrong);
        }

        foreach (var token in Enumerable.Range(0, World.VocabularySize).Where(token => World.IsThing(token)))
        {
            right[token].Should().BeGreaterThan(20);
            ((double)wrong[token] / (right[token] + wrong[token])).Should().BeApproximately(0.5, 0.08);
        }
    }

    [Fact]
    public void The_balance_fails_where_wrong_things_are_drawn_at_random()
    {
        // The wrong variant of the invariant: things of the unseen colours are right in half as many seen prompts as the others.
        var world = new World(3);
        var (right, wrong) = (new int[World.VocabularySize], new int[World.VocabularySize]);
        var random = world.Random("wrong variant");
        foreach (var prompt in world.Draw(WorldDomain.Seen, 640, "test"))
        {
            int[] good = [.. world.ThingsWith(prompt.Attribute)], bad = [.. world.ThingsWith(prompt.Attribute, has: false)];
            random.Shuffle<int>(good);
            random.Shuffle<int>(bad);
            Count(world, prompt, World.Response(good[..5], WorldStyle.Bare), right, wrong);
            Count(world, prompt, World.Response(bad[..5], WorldStyle.Bare), right, wrong);
        }

        var shares = right.Zip(wrong, (good, bad) => (double)bad / Math.Max(1, good + bad)).Skip(23).Take(World.Things);
        shares.Max().Should().BeGreaterThan(0.58);
    }

    [Fact]
    public void Responses_of_a_pair_are_equally_long_and_the_first_is_better()
    {
        var world = new World(5);
        foreach (var pair in WorldPairs.Draw(world, 300, 0.4, "test"))
        {
            pair.Better.Should().HaveSameCount(pair.Worse);
            pair.Better.Length.Should().BeLessThanOrEqualTo(World.LongestResponse);
            Quality(world, pair.Prompt, pair.Better).Should().BeGreaterThan(Quality(world, pair.Prompt, pair.Worse));
        }
    }

    [Fact]
    public void No_unseen_prompt_is_among_those_of_training()
    {
        var seen = World.Prompts(WorldDomain.Seen);
        seen.Should().HaveCount(14 * 2 * 2).And.OnlyContain(prompt => World.IsSeen(prompt));
        foreach (var domain in new[] { WorldDomain.UnseenAttribute, WorldDomain.UnseenFormat })
        {
            World.Prompts(domain).Should().NotBeEmpty().And.NotIntersectWith(seen).And.OnlyContain(prompt => !World.IsSeen(prompt));
        }

        WorldPairs.Draw(new World(1), 500, 0.25, "test").Should().OnlyContain(pair => World.IsSeen(pair.Prompt));
    }

    [Fact]
    public void Every_thing_of_the_unseen_domain_is_right_somewhere_in_the_seen_one()
    {
        var world = new World(2);
        var seen = World.Prompts(WorldDomain.Seen).Select(prompt => prompt.Attribute).Distinct().SelectMany(a => world.ThingsWith(a))
            .ToHashSet();
        World.Prompts(WorldDomain.UnseenAttribute).SelectMany(prompt => world.ThingsWith(prompt.Attribute)).Should()
            .OnlyContain(thing => seen.Contains(thing));
    }

    [Fact]
    public void A_prompt_is_read_back_from_its_ids()
    {
        foreach (var prompt in World.Prompts(WorldDomain.All))
        {
            World.Ids(prompt).Should().HaveCount(World.PromptLength);
            World.PromptOf([.. World.Ids(prompt).Select(id => (long)id), World.End]).Should().Be(prompt);
        }
    }

    [Fact]
    public void Values_and_quality_of_a_response_by_hand()
    {
        var world = new World(4);
        var prompt = new WorldPrompt(3, 5, 0);
        var (right, wrong) = (world.ThingsWith(3), world.ThingsWith(3, has: false));
        long[] response = [right[0], wrong[0], right[0], right[1], right[2], World.End];
        world.Values(prompt, response).Should().Equal(1, -1, -1, 1, 1, 0);
        world.Quality(prompt, response).Should().Be(3.0 / 5);
        world.Quality(prompt, [right[0], World.End]).Should().Be(1.0 / 5);
        world.Quality(prompt, [.. right.Take(7).Select(id => (long)id), wrong[1]]).Should().Be(7.0 / 8);
    }

    [Fact]
    public void Style_does_not_change_quality()
    {
        var world = new World(4);
        var prompt = new WorldPrompt(9, 6, 1);
        int[] things = [.. world.ThingsWith(9).Take(4), .. world.ThingsWith(9, has: false).Take(2)];
        foreach (var style in Enum.GetValues<WorldStyle>())
        {
            Quality(world, prompt, World.Response(things, style)).Should().Be(4.0 / 6);
        }
    }

    [Fact]
    public void Ratings_follow_quality_and_rankings_follow_their_style_bias()
    {
        var plain = new Annotators(new AnnotatorSettings(), new World(1).Random("test"));
        Enumerable.Range(0, 500).Average(_ => plain.Rating(0.75, WorldStyle.Bare)).Should().BeApproximately(4, 0.1);
        Share(plain, WorldStyle.Wordy).Should().BeApproximately(0.5, 0.06);
        var biased = new Annotators(new AnnotatorSettings { RankingStyleBias = 4 }, new World(1).Random("test"));
        Share(biased, WorldStyle.Wordy).Should().BeGreaterThan(0.95);
        Share(biased, WorldStyle.Joined).Should().BeApproximately(0.5, 0.06);
    }

    [Fact]
    public void Planted_token_rewards_are_the_truth_with_noise_that_comes_again()
    {
        var world = new World(6);
        var pair = WorldPairs.Draw(world, 1, 0.25, "test")[0];
        long[] text = [.. World.Row(pair.Prompt, pair.Better).Ids.Select(id => (long)id)];
        var truth = new PlantedTokenRewards(world, 0).OfText(text);
        truth.Skip(World.PromptLength).Should().Equal(world.Values(pair.Prompt, text[World.PromptLength..]).Select(value => (double)value));
        var noisy = new PlantedTokenRewards(world, 0.5).OfText(text);
        noisy.Should().Equal(new PlantedTokenRewards(world, 0.5).OfText(text)).And.NotEqual(truth);
        var blind = new PlantedTokenRewards(world, 0.5, factor: 0).OfText(text);
        blind.Zip(truth, (error, value) => error + value).Zip(noisy).Should()
            .OnlyContain(both => Math.Abs(both.First - both.Second) < 1e-12);
    }

    private static double Share(Annotators annotators, WorldStyle style) =>
        Enumerable.Range(0, 1000).Average(_ => annotators.PrefersFirst((0.6, style), (0.6, WorldStyle.Bare)) ? 1.0 : 0.0);

    private static double Quality(World world, WorldPrompt prompt, int[] response) =>
        world.Quality(prompt, [.. response.Select(id => (long)id)]);

    private static void Count(World world, WorldPrompt prompt, int[] response, int[] right, int[] wrong)
    {
        var values = world.Values(prompt, [.. response.Select(id => (long)id)]);
        for (var place = 0; place < values.Length; place++)
        {
            right[response[place]] += values[place] > 0 ? 1 : 0;
            wrong[response[place]] += values[place] < 0 ? 1 : 0;
        }
    }
}
