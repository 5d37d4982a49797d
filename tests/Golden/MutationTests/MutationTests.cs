namespace Repro.Tests.Golden.MutationTests;

/// <summary>A change of one input changes the evidence of exactly the claims that depend on it.</summary>
public sealed class MutationTests(Laboratory laboratory) : IClassFixture<Laboratory>
{
    /// <summary>Names of all changes.</summary>
    public static TheoryData<string> Names => [.. Mutations.All.Select(m => m.Name)];

    [Fact]
    public void At_least_20_different_inputs_are_changed() =>
        Mutations.All.DistinctBy(m => (m.File, m.Mention)).Should().HaveCountGreaterThanOrEqualTo(20);

    [Theory]
    [MemberData(nameof(Names))]
    public void Exactly_the_dependent_claims_change_and_their_provenance_mentions_the_input(string name)
    {
        var mutation = Mutations.All.Single(m => m.Name == name);
        var changed = laboratory.Changed(mutation);
        foreach (var (id, (before, after)) in changed)
        {
            after.Error.Should().BeNull("{0} must run on the changed input", id);
            before.Evidence!.Files.Select(f => f.Path).Concat(before.Evidence.Targets).Concat(before.Evidence.PublishedInputs)
                .Should().Contain(mutation.Mention, "{0} changes with it", id);
        }

        string.Join(" ", changed.Keys.Except(mutation.Expected)).Should().BeEmpty("these claims changed without being listed");
        string.Join(" ", mutation.Expected.Except(changed.Keys)).Should().BeEmpty("these claims were listed and did not change");
    }

    [Theory]
    [InlineData("judgement of abs against preference")]
    [InlineData("cell of CRS Table 16")]
    public void Claims_that_do_not_list_the_input_do_not_change(string name)
    {
        var mutation = Mutations.All.Single(m => m.Name == name);
        laboratory.Changed(mutation, all: true).Keys.Should().BeEquivalentTo(mutation.Expected);
    }

    [Theory]
    [InlineData("artifacts/alpaca_eval/final_gpt4_result/final_rank002_vs_abs002.json.facts.json")]
    [InlineData("published/crs/table-16.yaml")]
    [InlineData("claims/crs/S7.3.yaml")]
    public void A_file_written_again_as_it_was_changes_nothing(string file) =>
        laboratory.Changed(new Mutation("none", file, string.Empty, text => text, [])).Should().BeEmpty();
}
