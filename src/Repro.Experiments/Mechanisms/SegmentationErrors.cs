using Repro.Core.Adaptive.Segmentation;
using Repro.Core.Evaluation.Statistics;
using Repro.Core.Randomness;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// What segmentations of ADR Section 3 and Appendix E do where the true reward of every token is known: total error, regret of the trigger,
/// switches, error spans, noise. Design: <c>fixtures/designs/segmentation.yaml</c>.
/// </summary>
internal sealed class SegmentationErrors : ISpecGroup
{
    private const int Tokens = SegmentedResponse.Tokens;
    private const int Step = 5;
    private const double Sigma = 0.5;

    private static readonly double[] Sigmas = [0.1, 0.25, 0.5, 1, 2];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("ADR-EQ12-OPT", InteriorMinimum),
        new("ADR-EQ12-REGRET", Regret),
        new("ADR-SCHMITT-SWITCH", Switches),
        new("ADR-PIVOT", ErrorSpans),
        new("ADR-FIG1", Noise),
    ];

    /// <summary>Cuts a response: its segments from its rewards.</summary>
    /// <param name="response">The response.</param>
    /// <param name="rewards">Its token rewards.</param>
    private delegate IReadOnlyList<Segment> Cut(SegmentedResponse response, double[] rewards);

    private static IReadOnlyList<Segment> Sequence(SegmentedResponse response, double[] rewards) => Segments.Whole(Tokens);

    private static IReadOnlyList<Segment> EachToken(SegmentedResponse response, double[] rewards) => Segments.EachToken(Tokens);

    private static IReadOnlyList<Segment> Steps(SegmentedResponse response, double[] rewards) => Segments.OfLength(Tokens, Step);

    private static IReadOnlyList<Segment> Sentences(SegmentedResponse response, double[] rewards) =>
        Segments.FromStarts(response.Sentences, Tokens);

    private static IReadOnlyList<Segment> Truth(SegmentedResponse response, double[] rewards) => response.Runs;

    private static Cut Schmitt(double delta) =>
        (_, rewards) => Segments.FromStates(SchmittTrigger.WithMemory(rewards, 0, delta));

    private static Cut Optimum(double penalty) => (_, rewards) => OptimalSegmentation.Penalised(rewards, penalty);

    private static Evidence InteriorMinimum(SpecContext context)
    {
        var evidence = context.Designed("segmentation", out var seeds);
        var worlds = SegmentedResponse.Draw(seeds, SegmentedResponse.Uniform, context.Seeds.FirstSimulated);
        SeedComparison Against(string name, Cut first, Cut second, double sigma, double penalty) => new(
            name, [.. worlds.Select(world => Math.Log(Total(world, first, sigma, penalty)))],
            [.. worlds.Select(world => Math.Log(Total(world, second, sigma, penalty)))], 0.02, PairedOutcome.SecondLarger);
        var c2 = Sigma * Sigma;
        evidence.RequirePaired(
            Against("log total error, optimum against K = 1", Optimum(c2), Sequence, Sigma, c2),
            Against("log total error, optimum against K = N", Optimum(c2), EachToken, Sigma, c2));
        foreach (var (name, cut) in new (string, Cut)[] { ("Schmitt segments", Schmitt(Sigma / 2)), ("true runs", Truth) })
        {
            var (one, all) = (Against($"log total error, {name} against K = 1", cut, Sequence, Sigma, c2),
                Against($"log total error, {name} against K = N", cut, EachToken, Sigma, c2));
            evidence.Swept(one).Swept(all);
            if (one.Decide().Outcome != PairedOutcome.SecondLarger || all.Decide().Outcome != PairedOutcome.SecondLarger)
            {
                evidence.Reserve(name, $"of K = 1 and K = N not both are beaten: {SeedEvidence.Describe(one.Decide())} against K = 1, "
                    + $"{SeedEvidence.Describe(all.Decide())} against K = N");
            }
        }

        foreach (var (sigma, ratio) in Sigmas.Select(sigma => (sigma, 1.0)).Concat([(Sigma, 0.25), (Sigma, 4)]))
        {
            evidence.Value(
                Invariant($"total error a token, sigma {sigma}, c^2 = {ratio} sigma^2"), Totals(worlds, sigma, ratio * sigma * sigma));
        }

        AddEnds(evidence, context.Seeds.FirstSimulated, worlds);
        return evidence.Explain(
            Invariant($"At sigma {Sigma} and c^2 = sigma^2 the optimum has {Count(worlds, Optimum(c2), Sigma):F1} segments, where the ")
                + Invariant($"truth has {Count(worlds, Truth, Sigma):F1} runs, and total error {Mean(worlds, Optimum(c2), c2):F3} a token")
                + Invariant($", against {Mean(worlds, Sequence, c2):F3} for one reward and {Mean(worlds, EachToken, c2):F3} for one a ")
                + Invariant($"token; Schmitt segments cost {Mean(worlds, Schmitt(Sigma / 2), c2):F3}, ")
                + Invariant($"the true runs {Mean(worlds, Truth, c2):F3}."));
    }

    // Where an end is the optimum nothing may be found.
    private static void AddEnds(EvidenceBuilder evidence, int first, IReadOnlyList<IReadOnlyList<SegmentedResponse>> worlds)
    {
        var flat = SegmentedResponse.Draw(
            worlds.Count, random => SegmentedResponse.Uniform(random) with { Levels = new double[Tokens] }, first);
        evidence.Planted(new SeedComparison(
            "one level without noise, optimum against K = 1", [.. flat.Select(world => Total(world, Optimum(0.25), 0, 0.25))],
            [.. flat.Select(world => Total(world, Sequence, 0, 0.25))], 0.02, PairedOutcome.Undecided));
        evidence.Planted(new SeedComparison(
            "c^2 = 0, optimum against K = N", [.. worlds.Select(world => Total(world, Optimum(0), Sigma, 0))],
            [.. worlds.Select(world => Total(world, EachToken, Sigma, 0))], 0.02, PairedOutcome.Undecided));
    }

    private static Evidence Regret(SpecContext context)
    {
        var evidence = context.Designed("segmentation", out var seeds);
        var worlds = SegmentedResponse.Draw(seeds, SegmentedResponse.Uniform);
        var (smallest, best) = (double.PositiveInfinity, new List<string>());
        for (var row = 1; row <= 12; row++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var sigma = row / 10.0;
            var c2 = sigma * sigma;
            var optimum = worlds.Average(world => Total(world, Optimum(c2), sigma, c2));
            double[] ratios = [.. Enumerable.Range(0, 12).Select(
                column => worlds.Average(world => Total(world, Schmitt(column / 10.0), sigma, c2)) / optimum)];
            smallest = Math.Min(smallest, ratios.Min());
            best.Add(Invariant($"{Array.IndexOf(ratios, ratios.Min()) / 10.0:0.0}"));
            evidence.Value(
                Invariant($"Schmitt over optimum, sigma {sigma:0.0}, delta 0 to 1.1"),
                string.Join(" ", ratios.Select(ratio => Invariant($"{ratio:F2}"))));
        }

        return evidence.Value("delta with the smallest regret, sigma 0.1 to 1.2", string.Join(" ", best))
            .Require("no segmentation is below the optimum", smallest >= 1, Invariant($"smallest ratio {smallest:F3}"))
            .Explain(
                Invariant($"Over 12 sizes of noise and 12 offsets the trigger costs at least {smallest:F2} times the exact optimum of Eq. ")
                    + $"12; the offset with the smallest regret at sigma 0.1 to 1.2 is {string.Join(", ", best)}.");
    }

    /// <summary>
    /// Why memory never adds switches: between two switches of the trigger some token lies beyond the offset on each side, where the
    /// comparator has the trigger's state; so the comparator switches between them at least once. By induction over the switches it has
    /// at least as many. The same with a smaller offset in the comparator's place.
    /// </summary>
    private static Evidence Switches(SpecContext context)
    {
        var evidence = context.Designed("segmentation", out var seeds);
        var worlds = SegmentedResponse.Draw(seeds, SegmentedResponse.Uniform);
        double[] Excess(double sigma, Func<double[], sbyte[]> states) => [.. worlds.Select(world => world.Average(
            response => Math.Abs(Segments.Switches(states(response.Rewards(sigma))) + 1 - response.SignRuns)))];
        SeedComparison Against(string name, double sigma, Func<double[], sbyte[]> states, PairedOutcome claimed) => new(
            name, Excess(sigma, states), Excess(sigma, Comparator), 0.5, claimed);
        SeedComparison[] memory = [.. new[] { 0.25, 0.5, 1 }.Select(sigma => Against(
            Invariant($"distance from the true runs, memory against comparator, sigma {sigma}"), sigma, WithMemory(sigma),
            PairedOutcome.SecondLarger))];
        evidence.RequirePaired(memory);
        var printed = Against(
            "distance from the true runs, Eq. 18 as printed against comparator", Sigma, Memoryless(Sigma), PairedOutcome.FirstLarger);
        evidence.Planted(printed).Planted(Against("memory with delta 0 against comparator", Sigma, WithMemory(0), PairedOutcome.Undecided));
        evidence.Reserve(
            "memory", $"Eq. 18 as printed has none: {SeedEvidence.Describe(printed.Decide())} segments more than the comparator");
        foreach (var delta in new[] { 0, 0.25, 0.5, 1, 2 })
        {
            evidence.Value(
                Invariant($"segments at delta {delta}, sigma 0.25, 0.5, 1"), string.Join(" ", new[] { 0.25, 0.5, 1 }.Select(
                    sigma => Invariant($"{Count(worlds, Schmitt(delta), sigma):F1}"))));
        }

        var violations = Violations(context.Cancellation);
        var (exact, wide) = TwoLevels(seeds);
        return evidence.Sample("responses for violations", 10_000)
            .Value("responses in which Eq. 18 cuts more at a larger delta", violations.Printed)
            .Value("true runs a response", worlds.Average(world => world.Average(response => response.SignRuns)))
            .Value("share of responses with another number of segments, noise below delta 0.4, half the gap 0.5", wide)
            .Require("memory never has more segments than the comparator", violations.Comparator == 0, "10,000 responses")
            .Require("segments never grow with delta", violations.Delta == 0, "10,000 responses, delta 0, 0.25, 0.5, 1")
            .Require("segments equal runs where noise is below delta, and delta with noise below half the gap", exact == 0, "delta 0.25")
            .Explain(
                $"At delta = sigma memory brings the number of segments nearer to the true runs in {SeedEvidence.WithClaimedSign(memory)} "
                    + "pairs of seed and sigma 0.25, 0.5 or 1; of 10,000 "
                    + Invariant($"responses {violations.Comparator} have more segments than with the comparator and {violations.Delta} ")
                    + Invariant($"more at a larger delta. Eq. 18 as printed has no memory: {violations.Printed} have more then."));
    }

    private static (int Comparator, int Delta, int Printed) Violations(CancellationToken cancellation)
    {
        double[] deltas = [0, 0.25, 0.5, 1];
        var random = new Xoshiro256(0);
        var (comparator, delta, printed) = (0, 0, 0);
        for (var i = 0; i < 10_000; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var rewards = SegmentedResponse.Uniform(random).Rewards(Sigma);
            int[] memory = [.. deltas.Select(d => Segments.Switches(WithMemory(d)(rewards)))];
            int[] without = [.. deltas.Select(d => Segments.Switches(Memoryless(d)(rewards)))];
            comparator += memory.Max() > Segments.Switches(Comparator(rewards)) ? 1 : 0;
            delta += memory.Zip(memory.Skip(1)).Any(pair => pair.Second > pair.First) ? 1 : 0;
            printed += without.Zip(without.Skip(1)).Any(pair => pair.Second > pair.First) ? 1 : 0;
        }

        return (comparator, delta, printed);
    }

    private static (double Exact, double Wide) TwoLevels(int seeds)
    {
        var random = new Xoshiro256(1);
        var responses = SegmentedResponse.Draw(seeds, SegmentedResponse.TwoLevels).SelectMany(world => world).ToList();
        double Other(double delta) => responses.Average(response =>
        {
            double[] rewards = [.. response.Levels.Select(level => level + (delta * ((2 * random.NextDouble()) - 1)))];
            return Segments.Switches(SchmittTrigger.WithMemory(rewards, 0, delta)) + 1 == response.SignRuns ? 0.0 : 1;
        });
        return (Other(0.25), Other(0.4));
    }

    private static sbyte[] Comparator(double[] rewards) => SchmittTrigger.Comparator(rewards, 0);

    private static Func<double[], sbyte[]> WithMemory(double delta) => rewards => SchmittTrigger.WithMemory(rewards, 0, delta);

    private static Func<double[], sbyte[]> Memoryless(double delta) => rewards => SchmittTrigger.Memoryless(rewards, 0, delta);

    private static Evidence ErrorSpans(SpecContext context)
    {
        var evidence = context.Designed("segmentation", out var seeds);
        var worlds = SegmentedResponse.Draw(seeds, random => SegmentedResponse.WithErrors(random, 3, 12));
        static SeedComparison Against(
            string name, double[] first, double[] second, PairedOutcome claimed = PairedOutcome.FirstLarger) => new(
            name, first, second, 0.02, claimed);
        IReadOnlyList<SeedComparison> At(double sigma)
        {
            var (trigger, five, sentence) = (
                Scores(worlds, Schmitt(sigma / 2), sigma), Scores(worlds, Steps, sigma), Scores(worlds, Sentences, sigma));
            return
            [
                Against(Invariant($"token F1, Schmitt segments against steps of 5, sigma {sigma}"), trigger.Token, five.Token),
                Against(Invariant($"token F1, Schmitt segments against sentences, sigma {sigma}"), trigger.Token, sentence.Token),
                Against(Invariant($"boundary F1, Schmitt segments against steps of 5, sigma {sigma}"), trigger.Boundary, five.Boundary),
                Against(Invariant($"boundary F1, Schmitt segments against sentences, sigma {sigma}"), trigger.Boundary, sentence.Boundary),
            ];
        }

        evidence.RequirePairedWhere("noise sigma", Sigma, Sigmas, At, out var where);
        evidence.Planted(Against(
            "levels of 0, token F1, Schmitt segments against steps", Scores(worlds, Schmitt(Sigma / 2), scale: 0).Token,
            Scores(worlds, Steps, scale: 0).Token, PairedOutcome.Undecided));
        var onSteps = SegmentedResponse.Draw(seeds, SegmentedResponse.WithErrorsOnSteps);
        evidence.Planted(Against(
            "spans on steps, token F1, Schmitt segments against steps", Scores(onSteps, Schmitt(Sigma / 2)).Token,
            Scores(onSteps, Steps).Token, PairedOutcome.SecondLarger));
        AddSpanSweep(evidence, seeds);
        foreach (var delta in new[] { 0, 0.25, 0.5, 0.75, 1 })
        {
            var found = Scores(worlds, Schmitt(delta));
            evidence.Value(
                Invariant($"F1 of tokens / edges at sigma {Sigma}, delta {delta}"),
                Invariant($"{found.Token.Average():F2} / {found.Boundary.Average():F2}"));
        }

        var (schmitt, steps, sentences) = (Scores(worlds, Schmitt(Sigma / 2)), Scores(worlds, Steps), Scores(worlds, Sentences));
        return ReserveModel(evidence).Explain(
            Invariant($"Holds at {where}, between levels 0.5 and -0.5. At sigma {Sigma} token F1 of segments from the ")
                + Invariant($"Schmitt trigger is {schmitt.Token.Average():F2}, of steps of 5 {steps.Token.Average():F2}, of ")
                + Invariant($"sentences {sentences.Token.Average():F2}; boundary F1 {schmitt.Boundary.Average():F2}, ")
                + Invariant($"{steps.Boundary.Average():F2} and {sentences.Boundary.Average():F2}."));
    }

    private static void AddSpanSweep(EvidenceBuilder evidence, int seeds)
    {
        foreach (var (shortest, longest) in new[] { (1, 2), (3, 12), (20, 40) })
        {
            var worlds = SegmentedResponse.Draw(seeds, random => SegmentedResponse.WithErrors(random, shortest, longest));
            var order = "Schmitt, optimum, steps, sentences, tokens";
            foreach (var sigma in Sigmas)
            {
                var cuts = new[] { Schmitt(sigma / 2), Optimum(sigma * sigma), Steps, Sentences, EachToken };
                evidence.Value(
                    Invariant($"F1 of tokens / edges, spans of {shortest} to {longest}, sigma {sigma}: {order}"),
                    string.Join(", ", cuts.Select(cut => Scores(worlds, cut, sigma)).Select(
                        found => Invariant($"{found.Token.Average():F2} / {found.Boundary.Average():F2}"))));
            }
        }
    }

    private static (double[] Token, double[] Boundary) Scores(
        IReadOnlyList<IReadOnlyList<SegmentedResponse>> worlds, Cut cut, double sigma = Sigma, double scale = 1)
    {
        var found = worlds.Select(world => Score(world, cut, sigma, scale)).ToList();
        return ([.. found.Select(score => score.Token)], [.. found.Select(score => score.Boundary)]);
    }

    /// <summary>F1 over all tokens and all boundaries of the responses: a segment with a mean of at most 0 is an error.</summary>
    private static (double Token, double Boundary) Score(IReadOnlyList<SegmentedResponse> world, Cut cut, double sigma, double scale)
    {
        var (both, marked, errors, met, cuts, edges) = (0, 0, 0, 0, 0, 0);
        foreach (var response in world)
        {
            double[] rewards = [.. response.Levels.Zip(response.Noise, (level, noise) => (scale * level) + (sigma * noise))];
            var found = Comparator(SegmentationError.Flatten(rewards, cut(response, rewards)));
            var truth = Comparator(response.Levels);
            both += found.Zip(truth).Count(pair => pair is { First: -1, Second: -1 });
            marked += found.Count(state => state == -1);
            errors += truth.Count(state => state == -1);
            var (foundEdges, trueEdges) = (Edges(found), Edges(truth));
            met += Met(foundEdges, trueEdges);
            cuts += foundEdges.Count;
            edges += trueEdges.Count;
        }

        return (2.0 * both / (marked + errors), 2.0 * met / (cuts + edges));
    }

    private static List<int> Edges(sbyte[] states) => [.. Segments.FromStates(states).Skip(1).Select(segment => segment.Start)];

    // Both lists ascend; each boundary is used once.
    private static int Met(List<int> found, List<int> truth)
    {
        var (met, next) = (0, 0);
        foreach (var edge in truth)
        {
            while (next < found.Count && found[next] < edge - 1)
            {
                next++;
            }

            if (next < found.Count && found[next] <= edge + 1)
            {
                met++;
                next++;
            }
        }

        return met;
    }

    private static Evidence Noise(SpecContext context)
    {
        var evidence = context.Designed("segmentation", out var seeds);
        var worlds = SegmentedResponse.Draw(seeds, SegmentedResponse.Uniform);
        double[] Within(Cut cut, double sigma) => [.. worlds.Select(world => world.Average(
            response => WithinRuns(response, cut, sigma)) / (Sigma * Sigma))];
        SeedComparison Against(string name, Cut second, double sigma) => new(
            Invariant($"variance within true runs over 0.25, tokens against {name}, sigma {sigma}"), Within(EachToken, sigma),
            Within(second, sigma), 0.05 * sigma * sigma / (Sigma * Sigma), PairedOutcome.FirstLarger);
        double[] mixed = [.. worlds.Select(world => world.Average(response => Mixed(response, Steps(response, []))))];
        var spans = new SeedComparison(
            "share of tokens in a step that spans two levels", mixed, new double[seeds], 0.02, PairedOutcome.FirstLarger);
        evidence.RequirePairedWhere(
            "noise sigma", Sigma, Sigmas, sigma =>
            [
                Against("steps of 5", Steps, sigma), Against("one sequence reward", Sequence, sigma),
                Against("Schmitt segments", Schmitt(sigma / 2), sigma), spans,
            ],
            out var where);
        evidence.Planted(new SeedComparison(
            "no noise, tokens against steps", Within(EachToken, 0), Within(Steps, 0), 0.01, PairedOutcome.SecondLarger));
        foreach (var sigma in Sigmas)
        {
            var parts = new Cut[] { EachToken, Steps, Sentences, Sequence, Schmitt(sigma / 2), Truth }.Select(
                cut => Invariant($"{Within(cut, sigma).Average() * Sigma * Sigma:F3}"));
            evidence.Value(
                Invariant($"variance within true runs at sigma {sigma}: tokens, steps, sentences, sequence, Schmitt, true runs"),
                string.Join(" ", parts));
        }

        return ReserveModel(evidence).Explain(
            Invariant($"Holds at {where}. At sigma {Sigma} rewards vary within runs of one true level by ")
                + Invariant($"{Within(EachToken, Sigma).Average():F2} sigma^2 token by token, {Within(Steps, Sigma).Average():F2} by ")
                + Invariant($"steps, {Within(Schmitt(Sigma / 2), Sigma).Average():F2} by Schmitt segments and 0 with one reward; ")
                + Invariant($"{mixed.Average():P0} of tokens lie in a step that spans two levels."));
    }

    private static EvidenceBuilder ReserveModel(EvidenceBuilder evidence) => evidence.Reserve(
        "simulated rewards only", "token rewards are drawn with a known truth; those of a trained process reward model are not yet run");

    private static double WithinRuns(SegmentedResponse response, Cut cut, double sigma)
    {
        var rewards = response.Rewards(sigma);
        var flat = SegmentationError.Flatten(rewards, cut(response, rewards));
        return SegmentationError.Total(flat, response.Runs, 0).Total / Tokens;
    }

    /// <summary>Share of tokens that lie in a segment with two levels.</summary>
    private static double Mixed(SegmentedResponse response, IReadOnlyList<Segment> segments) => segments
        .Where(segment => response.Starts.Any(start => start > segment.Start && start < segment.End)).Sum(segment => segment.Length)
        / (double)Tokens;

    private static double Total(IReadOnlyList<SegmentedResponse> world, Cut cut, double sigma, double penalty) => world.Average(response =>
    {
        var rewards = response.Rewards(sigma);
        return SegmentationError.Total(rewards, cut(response, rewards), penalty).Total;
    });

    private static double Mean(IReadOnlyList<IReadOnlyList<SegmentedResponse>> worlds, Cut cut, double penalty) =>
        worlds.Average(world => Total(world, cut, Sigma, penalty)) / Tokens;

    private static double Count(IReadOnlyList<IReadOnlyList<SegmentedResponse>> worlds, Cut cut, double sigma) =>
        worlds.Average(world => world.Average(response => cut(response, response.Rewards(sigma)).Count));

    private static string Totals(IReadOnlyList<IReadOnlyList<SegmentedResponse>> worlds, double sigma, double penalty)
    {
        var cuts = new (string Name, Cut Cut)[]
        {
            ("K = 1", Sequence), ("steps", Steps), ("sentences", Sentences), ("Schmitt", Schmitt(sigma / 2)), ("true runs", Truth),
            ("optimum", Optimum(penalty)), ("K = N", EachToken),
        };
        return string.Join(", ", cuts.Select(
            cut => Invariant($"{cut.Name} {worlds.Average(world => Total(world, cut.Cut, sigma, penalty)) / Tokens:F3}")));
    }
}
