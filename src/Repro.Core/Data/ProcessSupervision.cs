namespace Repro.Core.Data;

/// <summary>
/// Solutions whose steps were rated one by one (PRM800K): rows with <c>question.problem</c> and <c>label.steps</c>; each step has rated
/// <c>completions</c>, of which one was chosen, or a step written by the annotator.
/// </summary>
/// <remarks>Rows for quality control and for screening annotators, and problems reported as broken, are left out and noted.</remarks>
public static class ProcessSupervision
{
    internal const string Set = "prm800k";

    private static readonly string[] Reasons = ["solution", "found_error", "bad_problem", "give_up"];

    /// <summary>The solutions.</summary>
    /// <param name="source">A .jsonl file.</param>
    /// <param name="alternatives">
    /// Whether every rated step that was not chosen gives a solution of its own too: the chosen steps before it, and it. Otherwise there is
    /// one solution a row: the chosen steps, and where none was chosen the first completion, which ends it.
    /// </param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<StepwiseSolution> Solutions(RowSource source, bool alternatives = false, ReadNotes? notes = null,
        CancellationToken cancellation = default)
    {
        foreach (var row in DataRows.Read(source, cancellation))
        {
            var label = row.Child("label");
            var finish = label.Text("finish_reason");
            if (!Reasons.Contains(finish))
            {
                throw label.Fault("finish_reason", $"must be one of {string.Join(", ", Reasons)}");
            }

            var steps = label.Children("steps").Select(Step).ToList();
            var reason = row.Flag("is_quality_control_question", false) ? "the row controls the quality of annotators"
                : row.Flag("is_initial_screening_question", false) ? "the row screens annotators"
                : finish == "bad_problem" ? "the problem was reported as broken"
                : steps.Count == 0 ? "no step was rated"
                : null;
            if (reason is not null)
            {
                notes?.Add(reason, row.Where);
                continue;
            }

            foreach (var solution in Solutions(row, steps, finish, alternatives))
            {
                yield return solution;
            }
        }
    }

    /// <summary>The problems with their answers, those that follow each other in the file once.</summary>
    /// <param name="source">A .jsonl file.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<PromptOnly> Prompts(RowSource source, CancellationToken cancellation = default)
    {
        string? last = null;
        foreach (var row in DataRows.Read(source, cancellation))
        {
            var question = row.Child("question");
            var problem = question.Content("problem");
            if (problem != last)
            {
                last = problem;
                yield return new PromptOnly(
                    new(Set, Origin.GroupOf(problem), row.LineName),
                    [new(ChatRole.User, problem)])
                { Reference = question.OptionalText("ground_truth_answer") };
            }
        }
    }

    private static IEnumerable<StepwiseSolution> Solutions(RowFields row, List<RatedStep> steps, string finish, bool alternatives)
    {
        var problem = row.Child("question").Content("problem");
        var chosen = new List<SolutionStep>();
        for (var i = 0; i < steps.Count; i++)
        {
            if (alternatives)
            {
                foreach (var other in steps[i].Others.Where(other => other.Rating is not null))
                {
                    yield return Solution(Invariant($"{row.LineName}:{i}.{steps[i].Others.IndexOf(other)}"), [.. chosen, other], null);
                }
            }

            chosen.Add(steps[i].Taken);
            if (steps[i].Ends)
            {
                break;
            }
        }

        bool? right = finish == "solution" ? true : finish == "found_error" ? false : null;
        yield return Solution(row.LineName, chosen, right);

        StepwiseSolution Solution(string item, IReadOnlyList<SolutionStep> path, bool? isRight) =>
            new(new(Set, Origin.GroupOf(problem), item), [new(ChatRole.User, problem)], path) { IsRight = isRight };
    }

    private static RatedStep Step(RowFields step)
    {
        var completions = step.Children("completions", optional: true)
            .Select(completion => new SolutionStep(completion.Text("text"), completion.OptionalWhole("rating", -1, 1)))
            .ToList();
        if (step.OptionalWhole("chosen_completion", 0, Math.Max(0, completions.Count - 1)) is { } index && completions.Count > 0)
        {
            var taken = completions[index];
            completions.RemoveAt(index);
            return new RatedStep(taken, completions, false);
        }

        if (step.Has("human_completion"))
        {
            // An object with a text in the first releases of the data, a plain text in the documentation.
            var text = step.IsObject("human_completion") ? step.Child("human_completion").Text("text") : step.Text("human_completion");
            return new RatedStep(new SolutionStep(text, 1), completions, false);
        }

        return completions.Count > 0
            ? new RatedStep(completions[0], completions[1..], true)
            : throw step.Fault("completions", "must hold at least one completion where no step was written by hand");
    }

    private sealed record RatedStep(SolutionStep Taken, List<SolutionStep> Others, bool Ends);
}
