using Repro.Core.Evaluation.Benchmarks;

namespace Repro.Tests.Unit.Evaluation.Benchmarks;

/// <summary>Scores of documents, tasks and groups, by hand.</summary>
public sealed class BenchmarkScoreTests
{
    [Fact]
    public void Of_equally_likely_choices_the_first_counts()
    {
        BenchmarkScores.Acc([-1, -1, -2], 0).Should().Be(1);
        BenchmarkScores.Acc([-1, -1, -2], 1).Should().Be(0);
    }

    /// <summary>-6 / 2 = -3 against -8 / 4 = -2; in bytes "é" has two: -6 / 4 = -1.5 against -8 / 4 = -2.</summary>
    [Fact]
    public void Lengths_are_characters_or_bytes()
    {
        string[] choices = ["éé", "long"];
        BenchmarkScores.Acc([-6, -8], 0).Should().Be(1);
        BenchmarkScores.AccNorm([-6, -8], choices, 1).Should().Be(1);
        BenchmarkScores.AccBytes([-6, -8], choices, 0).Should().Be(1);
    }

    [Fact]
    public void A_character_beyond_the_basic_plane_counts_once() =>
        BenchmarkScores.AccNorm([-3, -5], ["\U0001F600", "ab"], 1).Should().Be(1, "-3 / 1 is below -5 / 2");

    /// <summary>Of 5 programs 2 pass. Two handed in both fail with probability 3/5 * 2/4 = 0.3.</summary>
    [Fact]
    public void Pass_at_k_is_one_less_the_chance_that_all_fail()
    {
        BenchmarkScores.PassAtK(5, 2, 1).Should().BeApproximately(0.4, 1e-15);
        BenchmarkScores.PassAtK(5, 2, 2).Should().BeApproximately(0.7, 1e-15);
        BenchmarkScores.PassAtK(5, 2, 4).Should().Be(1);
        BenchmarkScores.PassAtK(5, 0, 3).Should().Be(0);
        FluentActions.Invoking(() => BenchmarkScores.PassAtK(5, 6, 1)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => BenchmarkScores.PassAtK(2, 1, 3)).Should().Throw<ArgumentException>();
    }

    /// <summary>
    /// Scores 1, 0 and 1, 1, 1, 0: means 0.5 and 0.75, variances 0.5 and 0.25, standard errors 0.5 and 0.25.
    /// Pooled: ((1 * 2 * 0.25) + (3 * 4 * 0.0625)) / (6 - 2) / 6 = 1.25 / 24, root 0.22822.
    /// </summary>
    [Fact]
    public void A_group_has_a_weighted_mean_and_a_pooled_error()
    {
        var (first, second) = (BenchmarkScores.Mean([1, 0]), BenchmarkScores.Mean([1, 1, 1, 0]));
        (first.StandardError, second.StandardError).Should().Be((0.5, 0.25));
        var group = BenchmarkScores.Group([first, second]);
        group.Mean.Should().BeApproximately(4 / 6.0, 1e-15);
        group.Unweighted.Should().Be(0.625);
        group.StandardError.Should().BeApproximately(Math.Sqrt(1.25 / 24), 1e-15);
        (group.Count, group.Tasks).Should().Be((6, 2));
    }

    [Fact]
    public void One_document_has_no_error() => BenchmarkScores.Mean([1]).StandardError.Should().Be(0);

    [Fact]
    public void Exact_match_removes_from_both_texts()
    {
        var settings = new ExactMatchSettings { RegexesToIgnore = [",", @"(?s).*#### "], IgnoreCase = true };
        BenchmarkScores.ExactMatch("1,000", "He has\n#### 1000", settings).Should().Be(1);
        BenchmarkScores.ExactMatch("YES", "yes", settings).Should().Be(1);
        BenchmarkScores.ExactMatch("YES", "yes", new ExactMatchSettings()).Should().Be(0);
    }

    [Theory]
    [InlineData("there are twenty two birds", "22")]
    [InlineData("one hundred and five", "105")]
    [InlineData("two thousand three hundred", "2300")]
    [InlineData("it is five", "5")]
    [InlineData("7 of them", "7")]
    [InlineData("many", "[invalid]")]
    public void A_number_may_be_written_in_words(string response, string answer) =>
        new NumberFilter().Apply(response, new Dictionary<string, string>()).Should().Be(answer);

    [Fact]
    public void Of_choices_that_begin_alike_the_longer_one_is_found()
    {
        var fields = new Dictionary<string, string> { ["input"] = "Find one:\nOptions:\n(A) Batman\n(B) Batman Returns" };
        new MultiChoiceFilter { IgnoreCase = true, IgnorePunctuation = true }.Apply("It is Batman Returns!", fields).Should().Be("(B)");
    }
}
