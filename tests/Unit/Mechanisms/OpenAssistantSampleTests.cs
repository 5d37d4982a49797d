using Repro.Core.Data;
using Repro.Experiments.Claims;
using Repro.Tests.Unit.Data;

namespace Repro.Tests.Unit.Mechanisms;

/// <summary>The committed facts of the Open Assistant sample are those of the published file.</summary>
public sealed class OpenAssistantSampleTests
{
    [PublishedDataFact]
    public void Trees_and_their_prompts_are_those_of_the_published_file()
    {
        var path = Path.Combine(RepositoryRoot.Find(), "fixtures", "published", "external", "oasst-sample.yaml");
        var table = PublishedTable.Parse(path, "published/external/oasst-sample", File.ReadAllText(path), new UsageLog());
        var prompts = OpenAssistantTrees.Read(DataFolder.Path("oasst", "en_100_tree.jsonl"))
            .ToDictionary(tree => tree.Id, tree => (double)Prompts(tree.Prompt), StringComparer.Ordinal);
        table.Rows.ToDictionary(tree => tree, tree => table[tree, "prompts"].AsInput(), StringComparer.Ordinal).Should().Equal(prompts);
    }

    private static int Prompts(TreeMessage message) => (message.Role == ChatRole.User ? 1 : 0) + message.Replies.Sum(Prompts);
}
