using System.Text.Json.Nodes;
using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Tokenization;
using Repro.Core.Training.Policies;
using static TorchSharp.torch;

namespace Repro.Core.Training.Stages;

/// <summary>Loads the data sets of a stage.</summary>
internal static class StageData
{
    /// <summary>All rows of several data sets, in their order.</summary>
    internal static (IReadOnlyList<T> Train, IReadOnlyList<T> HeldOut) Load<T>(
        IReadOnlyList<DatasetSettings> sets, ReadNotes notes, CancellationToken cancellation)
        where T : class, IDataRecord
    {
        var split = Dataset.Load<T>(sets, notes, cancellation);
        return (split.Train, split.HeldOut);
    }
}

/// <summary>Whether a model can read the texts of a stage.</summary>
internal static class TextLengths
{
    /// <summary>Refuses texts that are longer than the model has positions for, before any training.</summary>
    /// <typeparam name="T">What one row is.</typeparam>
    /// <param name="model">Sizes of the model.</param>
    /// <param name="maxLength">What rows are cut to; null for nothing. Rows are counted only where it exceeds what the model can
    /// read.</param>
    /// <param name="rows">To train on and held out.</param>
    /// <param name="length">Tokens of the longest text of a row, after cutting.</param>
    /// <param name="remedy">Which settings shorten them.</param>
    /// <exception cref="ReproException">A text is too long.</exception>
    internal static void Check<T>(ModelConfig model, int? maxLength, IEnumerable<T> rows, Func<T, int> length, string remedy)
    {
        if (maxLength <= model.LongestText)
        {
            return;
        }

        int[] wrong = [.. rows.Select(length).Where(tokens => tokens > model.LongestText)];
        if (wrong.Length > 0)
        {
            throw new ReproException(
                Invariant($"data: {wrong.Length:N0} rows are longer than the {model.LongestText} positions of the model ")
                + Invariant($"(max_position_embeddings), the longest has {wrong.Max()} tokens; {remedy}."));
        }
    }
}

/// <summary>How many prompts a stage takes.</summary>
/// <param name="Step">Those of a step.</param>
/// <param name="Evaluation">Most held-out prompts that are evaluated on.</param>
internal sealed record PromptCounts(int Step, int Evaluation = 0);

/// <summary>Makes tokens of records.</summary>
internal static class RecordRows
{
    /// <summary>What is made of each record, in order.</summary>
    /// <param name="records">The records.</param>
    /// <param name="make">Makes the tokens of one.</param>
    /// <exception cref="ReproException">A record cannot be made tokens of; names its place.</exception>
    internal static IEnumerable<TRow> Rows<TRecord, TRow>(this IEnumerable<TRecord> records, Func<TRecord, TRow> make)
        where TRecord : IDataRecord
    {
        foreach (var record in records)
        {
            TRow row;
            try
            {
                row = make(record);
            }
            catch (ReproException failure) when (!failure.Message.StartsWith(record.Origin.Place, StringComparison.Ordinal))
            {
                throw new ReproException($"{record.Origin.Place}: {failure.Message}", failure);
            }

            yield return row;
        }
    }
}

/// <summary>Prompts as a policy reads them.</summary>
internal static class PromptRows
{
    /// <summary>Prompts to train on and to evaluate with: short enough, a share of them, as tokens.</summary>
    /// <exception cref="ReproException">Fewer than a step takes remain; names the data sets.</exception>
    internal static (IReadOnlyList<RolloutPrompt> Train, IReadOnlyList<RolloutPrompt> HeldOut) Load(
        SampledStageConfig config, PromptCounts counts, TextTokenizer tokenizer, ReadNotes notes, CancellationToken cancellation)
    {
        var (train, heldOut) = StageData.Load<PromptOnly>(config.Data, notes, cancellation);
        var fitting = Fitting(train, config, tokenizer, notes).ToList();
        var place = $"data: {string.Join(", ", config.Data.Select(set => set.Path))}";
        if (fitting.Count == 0)
        {
            throw new ReproException(Invariant($"{place}: none of {train.Count} prompts has at most {config.MaxPromptLength} tokens."));
        }

        var used = config.PromptShare < 1 ? Subset.Draw(fitting, config.PromptShare, config.Seed) : fitting;
        if (used.Count < counts.Step)
        {
            throw new ReproException(Invariant($"{place}: {used.Count} {InvariantText.Noun(used.Count, "prompt")} of {train.Count} ")
                + Invariant($"can be used; one step takes {counts.Step}, and steps with fewer are dropped."));
        }

        for (var i = used.Count; i < fitting.Count; i++)
        {
            notes.Add(Invariant($"beyond prompt_share {config.PromptShare}, drawn by the seed"), "data");
        }

        return (used, [.. Fitting(heldOut, config, tokenizer, notes).Take(counts.Evaluation)]);
    }

    private static IEnumerable<RolloutPrompt> Fitting(IEnumerable<PromptOnly> prompts, SampledStageConfig config, TextTokenizer tokenizer,
        ReadNotes notes)
    {
        var template = StageTemplate.Find(config.Template, config.Model, tokenizer).Template;
        foreach (var (prompt, row) in prompts.Rows(prompt => (prompt, Row(prompt, tokenizer, template))))
        {
            if (row.Ids.Count <= config.MaxPromptLength)
            {
                yield return row;
            }
            else
            {
                notes.Add(Invariant($"the prompt is longer than max_prompt_length {config.MaxPromptLength}"), prompt.Origin.Place);
            }
        }
    }

    private static RolloutPrompt Row(PromptOnly prompt, TextTokenizer tokenizer, ChatTemplate template) =>
        new([.. ChatForms.PromptIds(template, tokenizer, prompt.Prompt).Select(id => (long)id)])
        {
            Messages = prompt.Prompt,
            Reference = prompt.Reference,
        };
}

/// <summary>A trainer with what was loaded for it, which is freed with it.</summary>
/// <param name="inner">The trainer.</param>
/// <param name="owned">What is freed after it, in this order.</param>
internal sealed class OwningTrainer(ITrainer inner, IReadOnlyList<IDisposable> owned) : ITrainer
{
    public long TotalSteps => inner.TotalSteps;

    public StepReport Step(long step, CancellationToken cancellation) => inner.Step(step, cancellation);

    public IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation) => inner.Evaluate(cancellation);

    public IReadOnlyDictionary<string, Tensor> StateTensors() => inner.StateTensors();

    public JsonObject StateValues() => inner.StateValues();

    public void RestoreValues(JsonObject values) => inner.RestoreValues(values);

    public void Export(string folder) => inner.Export(folder);

    public void Dispose()
    {
        inner.Dispose();
        foreach (var item in owned)
        {
            item.Dispose();
        }
    }
}
