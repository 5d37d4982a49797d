using System.Security.Cryptography;
using System.Text;
using FluentAssertions.Execution;
using Repro.Core.Evaluation.Benchmarks;
using Repro.Tests.Unit.Data;

namespace Repro.Tests.Unit.Evaluation.Benchmarks;

/// <summary>Prompts of C3 and answers taken out of responses, as OpenCompass's own code gave them.</summary>
[Trait("Suite", "Goldens")]
public sealed class OpenCompassGoldenTests
{
    private static readonly Dictionary<string, AnswerFilter> Filters = new()
    {
        ["first_option_postprocess_ABCD"] = new FirstOptionFilter(),
        ["first_option_postprocess_AB"] = new FirstOptionFilter { Options = "AB" },
        ["first_capital_postprocess"] = new FirstCapitalFilter(),
        ["gsm8k_postprocess"] = new LastNumberFilter(),
        ["gsm8k_dataset_postprocess"] = new AfterHashesFilter(),
        ["bbh_mcq_postprocess"] = new BbhChoiceFilter(),
        ["bbh_freeform_postprocess"] = new BbhFreeFilter(),
    };

    [PublishedDataFact]
    public void Prompts_of_every_split_of_C3_are_OpenCompasss()
    {
        using var all = new AssertionScope();
        var splits = GoldenFiles.Json("opencompass-reference", "c3.json").GetProperty("splits").EnumerateObject().ToList();
        splits.Should().NotBeEmpty();
        foreach (var split in splits)
        {
            var (written, ranked) = (Load("c3", split.Name), Load("c3_ppl", split.Name));
            written.Documents.Should().HaveCount(split.Value.GetProperty("questions").GetInt32(), split.Name);
            written.Documents.GroupBy(document => document.Choices.Count)
                .ToDictionary(group => Invariant($"{group.Key}"), group => group.Count()).Should().BeEquivalentTo(
                    split.Value.GetProperty("number_of_choices").EnumerateObject()
                        .ToDictionary(pair => pair.Name, pair => pair.Value.GetInt32()));
            var prompts = written.Requests().Select(requests => requests[0].Context).ToList();
            Hash(prompts.Select(PythonJson.Text)).Should().Be(split.Value.GetProperty("generation_prompts_sha256").GetString(), split.Name);
            var parts = ranked.Requests().Select(requests =>
                requests.Select(request => (request.Context, request.Continuation![1..])).ToList()).ToList();
            Hash(parts.SelectMany(part => part).Select(part => $"[{PythonJson.Text(part.Context)},{PythonJson.Text(part.Item2)}]"))
                .Should().Be(split.Value.GetProperty("perplexity_parts_sha256").GetString(), split.Name);
            var first = split.Value.GetProperty("first").EnumerateArray().ToList();
            for (var i = 0; i < first.Count; i++)
            {
                prompts[i].Should().Be(first[i].GetProperty("prompt").GetString(), split.Name);
                written.Target(written.Documents[i]).Should().Be(first[i].GetProperty("label").GetString(), split.Name);
                parts[i].Should().Equal(first[i].GetProperty("perplexity").EnumerateArray()
                    .Select(pair => (pair[0].GetString()!, pair[1].GetString()!)), split.Name);
                ranked.Documents[i].Answer.Should().Be(first[i].GetProperty("label_index").GetInt32(), split.Name);
            }
        }
    }

    [PublishedDataFact]
    public void Answers_are_taken_out_of_responses_as_OpenCompass_takes_them()
    {
        using var all = new AssertionScope();
        var golden = GoldenFiles.Json("opencompass-reference", "postprocessors.json");
        var lists = golden.EnumerateObject().Where(list => list.Name != "harness").ToList();
        lists.Should().NotBeEmpty();
        foreach (var list in lists)
        {
            foreach (var pair in list.Value.EnumerateArray())
            {
                Filters[list.Name].Apply(pair[0].GetString()!, new Dictionary<string, string>()).Should()
                    .Be(pair[1].GetString(), $"{list.Name} '{pair[0].GetString()}'");
            }
        }
    }

    // Its own prompts for these were not recorded; they are those of its configuration files.
    [PublishedDataFact]
    public void Prompts_of_all_its_benchmarks_are_built_from_the_published_files()
    {
        Dictionary<string, (string Start, string End)> prompts = new()
        {
            ["ARC-c"] = ("Question: ", "\nAnswer:"),
            ["ARC-e"] = ("Question: ", "\nAnswer:"),
            ["c3"] = (string.Empty, "\n请从“A”，“B”，“C”，“D”中进行选择。\n答："),
            ["c3_ppl"] = ("文章：", "?"),
            ["ceval"] = ("以下是中国关于", "\n答案: "),
            ["mmlu"] = ("Answer the following multiple choice question. The last line", "\nD) 6"),
            ["race"] = ("Read the article, and answer the question by replying A, B, C or D.\n\nArticle:\n", "."),
            ["winogrande"] = ("Question: ", "\nAnswer:"),
            ["gsm8k"] = ("Question: ", "\nAnswer:"),
            ["bbh_0shot"] = ("Question: ", "\n You must give your final answer by starting with 'So the answer is' "),
            ["commonsense_qa"] = ("A revolving door", "\nAnswer:"),
            ["humaneval"] = ("Complete the following python code:\nfrom typing import List", "\n"),
            ["humaneval_openai"] = ("Read the following function signature and docstring", "\n"),
        };

        // Their examples or documents are in files that do not lie there.
        string[] elsewhere = ["bbh", "hellaswag", "hellaswag_0shot"];
        var all = BenchmarkLibrary.All().Where(settings => settings.Profile == "opencompass").ToList();
        all.Select(BenchmarkLibrary.GroupName).Should().BeEquivalentTo(prompts.Keys.Concat(elsewhere));
        foreach (var settings in all.Where(settings => prompts.ContainsKey(BenchmarkLibrary.GroupName(settings))))
        {
            // The second file of RACE is too large to lie there.
            string[]? data = settings.Task == "race" ? [settings.Data[0]] : null;
            int? shots = settings.Task == "commonsense_qa" ? 0 : null;
            var task = BenchmarkTask.Load(settings, settings.Subsets.Keys.FirstOrDefault(), DataFolder.Root, shots, data);
            var (start, end) = prompts[BenchmarkLibrary.GroupName(settings)];
            var prompt = task.Requests().First()[0].Context;
            prompt.Should().StartWith(start).And.EndWith(end);
            if (task.Shots == 5)
            {
                prompt.Split("单项选择题").Should().HaveCount(7, "five examples stand before the document");
            }
        }
    }

    // The prompts that its configuration file gsm8k_gen_1d7fe4 has in full, put together without our reader of the training file.
    [PublishedDataFact]
    public void Prompts_of_GSM8K_are_those_of_its_configuration()
    {
        var (settings, _) = BenchmarkLibrary.Find("gsm8k", "opencompass");
        var task = BenchmarkTask.Load(settings, null, DataFolder.Root);
        task.Notes.Should().BeEmpty();
        Hash(task.Requests().Select(requests => PythonJson.Text(requests[0].Context)))
            .Should().Be("f7a1f3dc7c66e3dfc716313f1af6bb16b84a04a5fad64f941ab6be81972e20e0");
    }

    private static BenchmarkTask Load(string name, string split)
    {
        var (settings, subset) = BenchmarkLibrary.Find(name, "opencompass");
        return BenchmarkTask.Load(settings, subset, DataFolder.Root, 0, [Path.Combine("c3", $"{split}.json")]);
    }

    private static string Hash(IEnumerable<string> items) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"[{string.Join(',', items)}]")));
}
