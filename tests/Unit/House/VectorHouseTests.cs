using Repro.Experiments.Claims;
using Repro.Tests.Shared.Vectors;

namespace Repro.Tests.Unit.House;

/// <summary>One place knows where the reference vectors are and what it means that they are not there.</summary>
public sealed class VectorHouseTests
{
    [Fact]
    public void Only_the_vector_folder_reads_the_environment_variable()
    {
        var tests = Path.Combine(RepositoryRoot.Find(), "tests");
        Directory.EnumerateFiles(tests, "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(path => File.ReadAllText(path).Contains('"' + VectorFolder.Variable + '"', StringComparison.Ordinal))
            .Select(Path.GetFileName).Should().Equal("VectorFolder.cs");
    }

    /// <summary>
    /// Topics that are read file by file elsewhere fail on an unknown one themselves; of these each file has a test of its own.
    /// </summary>
    [Theory]
    [InlineData("sampling", "logits_processing")]
    [InlineData("train", "dpo_lora", "ppo", "reward_model", "sft")]
    public void Every_file_of_a_topic_has_a_test(string topic, params string[] read) =>
        VectorFolder.Files(topic).Except(read).Should().BeEmpty("a file of vectors that nothing reads proves nothing");

    [Fact]
    public void A_folder_that_is_named_must_be_there()
    {
        var named = Environment.GetEnvironmentVariable(VectorFolder.Variable);
        (string.IsNullOrEmpty(named) || Directory.Exists(named)).Should().BeTrue($"{VectorFolder.Variable} is '{named}'");
    }
}
