using Repro.Core;
using Repro.Experiments.Claims;
using Repro.Experiments.Cli;
using Repro.Experiments.Mechanisms;
using Repro.Experiments.Worlds;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Worlds;

/// <summary>Finished runs are kept, those that were killed are made again, and a changed parameter is another run.</summary>
public sealed class CellTests
{
    private static readonly CellKey Key = new("E0", "1", "world", "arm", 3);

    [Fact]
    public void A_finished_run_is_not_made_again()
    {
        using var folder = new TemporaryFolder();
        var store = new CellStore(folder.Path);
        var made = 0;
        var cell = new Cell(Key, _ => Result(++made));
        store.Get(cell, default).Values["value"].Should().Be(1);
        store.Get(cell, default).Values["value"].Should().Be(1);
        made.Should().Be(1);
        new CellStore(folder.Path).Find(Key)!.Samples["qualities"].Should().Be("0T");
    }

    [Fact]
    public void A_run_that_was_killed_is_made_again_from_an_empty_folder_with_the_same_result()
    {
        using var folder = new TemporaryFolder();
        var store = new CellStore(folder.Path);
        var killed = new Cell(Key, context =>
        {
            File.WriteAllText(Path.Combine(context.Folder, "half.bin"), "half a model");
            throw new OperationCanceledException();
        });
        var run = () => store.Get(killed, default);
        run.Should().Throw<OperationCanceledException>();
        store.Find(Key).Should().BeNull();

        var whole = new Cell(Key, context =>
        {
            Directory.GetFileSystemEntries(context.Folder).Should().BeEmpty();
            return Result(7);
        });
        store.Get(whole, default).Should().BeEquivalentTo(Result(7));
    }

    [Fact]
    public void A_result_without_its_marker_or_with_changed_bytes_does_not_count()
    {
        using var folder = new TemporaryFolder();
        var store = new CellStore(folder.Path);
        store.Get(new Cell(Key, _ => Result(1)), default);
        var file = Path.Combine(store.FolderOf(Key), "cell.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"value\": 1", "\"value\": 2", StringComparison.Ordinal));
        store.Find(Key).Should().BeNull();
        store.Get(new Cell(Key, _ => Result(3)), default).Values["value"].Should().Be(3);
        File.Delete(Path.Combine(store.FolderOf(Key), "done"));
        store.Find(Key).Should().BeNull();
    }

    [Fact]
    public void A_finished_run_is_read_once()
    {
        using var folder = new TemporaryFolder();
        new CellStore(folder.Path).Get(new Cell(Key, _ => Result(1)), default);
        var store = new CellStore(folder.Path);
        var found = store.Find(Key);
        found.Should().BeEquivalentTo(Result(1));
        File.Delete(Path.Combine(store.FolderOf(Key), "cell.json"));
        store.Find(Key).Should().BeSameAs(found);
        store.Get(new Cell(Key, _ => Result(2)), default).Should().BeSameAs(found);
        new CellStore(folder.Path).Find(Key).Should().BeNull();
    }

    [Fact]
    public void A_run_with_the_labels_of_another_is_made_once()
    {
        using var folder = new TemporaryFolder();
        var (store, experiment) = (new CellStore(folder.Path), new RewardModels());
        var doubles = RewardModels.Arms.Where(arm => arm.Trained != arm).ToList();
        doubles.Should().Equal(RewardModels.Arms.TakeLast(2), "whoever waits for another run should wait at the end");
        foreach (var arm in doubles)
        {
            store.Get(experiment.Cell(arm.Trained, 9) with { Run = _ => Result(3) }, default);
            store.Get(experiment.Cell(arm, 9), default).Should().BeEquivalentTo(Result(3));
        }
    }

    /// <summary>Of two seeds one base model is there, and all runs of the first seed but one.</summary>
    [Fact]
    public void What_will_be_trained_is_said_before_and_a_budget_counts_base_models()
    {
        using var folder = new TemporaryFolder();
        var store = new CellStore(folder.Path);
        var experiment = new OnlineReference();
        store.Get(BaseModels.Cell(9) with { Run = _ => Result(9) }, default);
        foreach (var cell in experiment.Cells(9).Skip(1))
        {
            store.Get(cell with { Run = _ => Result(1) }, default);
        }

        using var output = new StringWriter();
        var plan = new CellPlan([experiment], [9, 10], BaseSize.Small, null);
        var left = new MechanismWork(plan, store, output).MakeAll(true, TimeSpan.FromTicks(-1), 1, "cells", default);
        left.Should().Be(7);
        output.ToString().Should().Contain("2 seeds, 10 runs, 6 to make of seeds 9, 10")
            .And.Contain("6 runs and 1 base model are not in cells and will be trained now.")
            .And.Contain("6 runs and 1 base model are still to be made; the same command takes them up (exit code 4).");
    }

    [Fact]
    public void Where_all_runs_are_there_nothing_is_trained()
    {
        using var folder = new TemporaryFolder();
        var store = new CellStore(folder.Path);
        store.Get(BaseModels.Cell(9) with { Run = _ => Result(9) }, default);
        using var output = new StringWriter();
        new MechanismWork(new CellPlan([new BaseExperiment()], [9], BaseSize.Small, null), store, output)
            .MakeAll(true, null, 1, "cells", default).Should().Be(0);
        output.ToString().Should().Contain("1 run, 0 to make").And.Contain("All runs are in cells; nothing is trained.");
    }

    [Fact]
    public void Every_part_of_a_key_names_another_run()
    {
        CellKey[] others =
            [Key with { Experiment = "E9" }, Key with { Version = "2" }, Key with { World = "other" }, Key with { Arm = "other" },
                Key with { Seed = 4 }];
        others.Append(Key).Select(key => key.Hash).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void All_runs_of_all_experiments_have_keys_of_their_own()
    {
        var keys = ExperimentList.Everything.SelectMany(experiment => SeedSet.Fixture.Seeds.SelectMany(experiment.Cells))
            .Select(cell => cell.Key.Hash);
        keys.Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Committed_results_are_those_of_the_code_and_carry_the_design_in_force()
    {
        var root = RepositoryRoot.Find();
        foreach (var path in Directory.EnumerateFiles(Path.Combine(root, "fixtures", "results"), "*.json"))
        {
            var results = ExperimentResults.Read(File.ReadAllText(path), path);
            var experiment = ExperimentList.Find(Path.GetFileNameWithoutExtension(path));
            SeedSet.Fixture.Seeds.SelectMany(experiment.Cells).Should().OnlyContain(cell => results.Find(cell.Key) != null, path);
            if (experiment is not BaseExperiment)
            {
                var design = ExperimentDesign.Read(Path.Combine(root, "fixtures", "designs", experiment.Id + ".yaml"));
                results.Design.Should().Be(design.Stamp, "mechanisms --write writes results again when a design has a new version");
            }
        }
    }

    [Fact]
    public void Committed_results_of_the_study_are_of_whole_seeds_and_carry_the_design_in_force()
    {
        var root = RepositoryRoot.Find();
        var files = Directory.GetFiles(Path.Combine(root, "fixtures", "results", SeedSet.Study.Folder), "*.json");
        files.Should().NotBeEmpty();
        foreach (var path in files)
        {
            var results = ExperimentResults.Read(File.ReadAllText(path), path);
            var experiment = ExperimentList.Find(Path.GetFileNameWithoutExtension(path));
            SeedSet.Study.Seeds.TakeWhile(seed => experiment.Cells(seed).All(cell => results.Find(cell.Key) is not null))
                .Count().Should().BeGreaterThanOrEqualTo(SeedSet.Study.Fewest, path);
            if (experiment is not BaseExperiment)
            {
                var name = SeedSet.Study.DesignOf(experiment.Id) + ".yaml";
                results.Design.Should().Be(ExperimentDesign.Read(Path.Combine(root, "fixtures", "designs", "study", name)).Stamp);
            }
        }
    }

    [Fact]
    public void Two_processes_that_make_the_same_run_share_the_first_result()
    {
        using var folder = new TemporaryFolder();
        var (store, other) = (new CellStore(folder.Path), new CellStore(folder.Path));
        var slow = new Cell(Key, _ =>
        {
            other.Get(new Cell(Key, _ => Result(1)), default);
            return Result(2);
        });
        store.Get(slow, default).Values["value"].Should().Be(1);
        store.Find(Key).Should().BeEquivalentTo(Result(1));
        Directory.GetDirectories(Path.Combine(folder.Path, Key.Experiment)).Should().ContainSingle("the second one's folder is gone");
    }

    [Fact]
    public async Task Threads_that_want_the_same_run_make_it_once()
    {
        using var folder = new TemporaryFolder();
        var (store, made) = (new CellStore(folder.Path), 0);
        var cell = new Cell(Key, _ =>
        {
            Thread.Sleep(50);
            return Result(Interlocked.Increment(ref made));
        });
        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => store.Get(cell, default))));
        results.Should().OnlyContain(result => result.Values["value"] == 1);
        made.Should().Be(1);
    }

    /// <summary>A run waits for a second one, so that one worker alone would never end.</summary>
    [Fact]
    public void Several_workers_make_runs_at_once()
    {
        using var folder = new TemporaryFolder();
        using var both = new Barrier(2);
        var work = Work(folder, 4, _ => both.SignalAndWait(TimeSpan.FromMinutes(1)) ? Result(1) : throw new TimeoutException());
        work.MakeAll(true, null, 2, "cells", default).Should().Be(0);
    }

    [Fact]
    public void A_run_that_fails_ends_the_work_with_its_own_exception()
    {
        using var folder = new TemporaryFolder();
        var work = Work(folder, 3, seed => seed == 2 ? throw new ReproException("no such seed") : Result(seed));
        work.Invoking(own => own.MakeAll(true, null, 2, "cells", default)).Should().Throw<ReproException>().WithMessage("no such seed");
    }

    [Fact]
    public void No_run_is_begun_after_the_budget()
    {
        using var folder = new TemporaryFolder();
        var made = 0;
        var work = Work(folder, 6, seed =>
        {
            Interlocked.Increment(ref made);
            Thread.Sleep(30);
            return Result(seed);
        });
        work.MakeAll(true, TimeSpan.FromMilliseconds(1), 2, "cells", default).Should().Be(6 - made);
        made.Should().BeInRange(0, 2);
    }

    [Fact]
    public void Seeds_of_the_study_are_those_of_no_fixture()
    {
        SeedSet.Study.Seeds.Should().HaveCount(20).And.NotIntersectWith(SeedSet.Fixture.Seeds);
        SeedSet.Study.DesignOf("E4").Should().Be("study-E4");
        SeedSet.Fixture.DesignOf("E4").Should().Be("E4");
    }

    [Fact]
    public void Another_size_of_the_base_models_is_another_run()
    {
        var cell = new AdaptiveOffline().Cells(1).First();
        BaseSize.Small.Of(cell).Should().BeSameAs(cell);
        BaseSize.Parse("2x64").Should().Be(BaseSize.Small);
        var large = BaseSize.Parse("4x128");
        large.Of(cell).Key.World.Should().Be(cell.Key.World + ", base 4 x 128");
        large.Of(BaseModels.Cell(1)).Key.Arm.Should().StartWith("4 x 128, ");
        (large.Config().Heads, large.Config().IntermediateSize).Should().Be((8, 384));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("0x64")]
    [InlineData("2x65")]
    [InlineData("2x-64")]
    [InlineData("large")]
    public void A_size_that_is_none_is_refused(string text)
    {
        var read = () => BaseSize.Parse(text);
        read.Should().Throw<ReproException>().WithMessage($"--base {text}: layers and width were expected*");
    }

    [Fact]
    public void A_job_array_has_a_line_for_each_run_and_gives_its_arguments_back()
    {
        using var folder = new TemporaryFolder();
        var parsed = CommandLine.Root().Parse(
            ["mechanisms", "--study", "--only", "B", "--only", "E6", "--seeds", "9-10", "--array", folder.Path]);
        parsed.Invoke().Should().Be(CommandLine.Success);
        var lines = File.ReadAllLines(Path.Combine(folder.Path, "cells.jsonl"));
        lines.Should().HaveCount(12).And.OnlyHaveUniqueItems();
        lines[0].Should().StartWith("{\"cell\":0,\"id\":\"" + BaseModels.Cell(9).Key.Hash);
        var script = File.ReadAllText(Path.Combine(folder.Path, "array.sh"));
        script.Should().Contain("--array=0-11%").And.Contain("'mechanisms' '--only' 'B' 'E6' '--study' '--seeds' '9-10' '--cells'")
            .And.Contain("cell < 12; cell += 12").And.NotContain("\r");
    }

    [Fact]
    public void A_number_beyond_the_list_is_refused()
    {
        var plan = new CellPlan([new BaseExperiment()], [1, 2], BaseSize.Small, null);
        plan.Cell(1).Key.Seed.Should().Be(2);
        var read = () => plan.Cell(2);
        read.Should().Throw<ReproException>().WithMessage("--cell 2: a number from 0 to 1 was expected*");
    }

    [Theory]
    [InlineData("E5", "AdaptivePo", "; did you mean 'AdaptivePpo'?; there are Ppo; AdaptivePpo; Rejection; AdaptiveRejection")]
    [InlineData("E5", "Ppo, trth 1", "; did you mean 'Ppo, truth 1'?; there are ")]
    [InlineData("E1", "xyzzyxyzzy", "; there are preference; absolute")]
    public async Task An_arm_that_no_run_has_is_refused_and_nothing_is_written(string experiment, string arm, string end)
    {
        using var folder = new TemporaryFolder();
        using var error = new StringWriter();
        string[] named = ["mechanisms", "--only", experiment, "--arm", arm];
        var array = Path.Combine(folder.Path, "array");
        (await CommandLine.RunAsync([.. named, "--array", array], TextWriter.Null, error)).Should().Be(CommandLine.Failure);
        error.ToString().Should().StartWith($"error: --arm {arm}: no run of {experiment} has an arm that begins with this{end}");
        Directory.Exists(array).Should().BeFalse();
        (await CommandLine.RunAsync([.. named, "--cells-list"], TextWriter.Null, error)).Should().Be(CommandLine.Failure);
    }

    [Fact]
    public void Of_many_arms_the_list_is_named()
    {
        var plan = new CellPlan(ExperimentList.Everything, [1], BaseSize.Small, "no such");
        plan.Invoking(own => own.RequireRuns()).Should().Throw<ReproException>()
            .WithMessage("--arm no such: no run of B, *; --cells-list without --arm shows them");
        new CellPlan([new AdaptiveOnline()], [1], BaseSize.Small, "Ppo").Invoking(own => own.RequireRuns()).Should().NotThrow();
    }

    [Fact]
    public void Results_of_the_study_are_those_of_whole_seeds()
    {
        using var folder = new TemporaryFolder();
        var store = new CellStore(Path.Combine(folder.Path, "cells"));
        foreach (var seed in SeedSet.Study.Seeds.Take(9))
        {
            store.Get(BaseModels.Cell(seed) with { Run = _ => Result(seed) }, default);
        }

        var plan = new CellPlan([new BaseExperiment()], SeedSet.Study.Seeds, BaseSize.Small, null);
        new MechanismWork(plan, store, TextWriter.Null).WriteResults(SeedSet.Study, folder.Path);
        var path = Path.Combine(folder.Path, "results", "study", "B.json");
        var results = ExperimentResults.Read(File.ReadAllText(path), path);
        results.Find(BaseModels.Cell(17).Key)!.Values["value"].Should().Be(17);
        results.Find(BaseModels.Cell(18).Key).Should().BeNull();
        new MechanismWork(plan, store, TextWriter.Null).WriteResults(SeedSet.Study with { Fewest = 10, Folder = "more" }, folder.Path);
        Directory.Exists(Path.Combine(folder.Path, "results", "more")).Should().BeFalse();
    }

    [Fact]
    public void Results_come_back_as_they_were_written()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "B.json");
        ExperimentResults.Write(path, new BaseExperiment(), null, [(Key, Result(0.25))]);
        ExperimentResults.Read(File.ReadAllText(path), path).Find(Key).Should().BeEquivalentTo(Result(0.25));
        ExperimentResults.Read(null, path).Find(Key).Should().BeNull();
        var read = () => ExperimentResults.Read("{]", path);
        read.Should().Throw<ReproException>().WithMessage("*B.json: results of an experiment were expected*");
    }

    [Fact]
    public void Qualities_are_kept_to_a_sixtieth()
    {
        double[] qualities = [0, 0.2, 1.0 / 3, 0.5, 5.0 / 6, 1];
        Qualities.Read(Qualities.Write(qualities)).Should().Equal(qualities, (a, b) => Math.Abs(a - b) < 1e-12);
        Qualities.WinRate(Qualities.Write([1, 0.5, 0.2]), Qualities.Write([0.5, 0.5, 0.4])).Should().Be(0.5);
    }

    [Fact]
    public void A_curve_is_read_where_it_first_reaches_a_place()
    {
        (double, double)[] curve = [(0, 10), (2, 20), (1, 99), (4, 40)];
        SeedStatistics.At(curve, 0).Should().Be(10);
        SeedStatistics.At(curve, 1).Should().Be(15);
        SeedStatistics.At(curve, 2).Should().Be(20);
        SeedStatistics.At(curve, 4).Should().Be(40);
        var beyond = () => SeedStatistics.At(curve, 5);
        beyond.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void The_area_under_the_curve_by_hand() =>
        ProcessOutcome.Auc([(3, true), (1, true), (2, false), (1, false)]).Should().Be((1 + 1 + 0 + 0.5) / 4);

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("15m", 900)]
    [InlineData("1.5h", 5400)]
    public void A_budget_is_read_with_its_unit(string text, double seconds) => Duration.Parse(text).TotalSeconds.Should().Be(seconds);

    [Theory]
    [InlineData("15")]
    [InlineData("m")]
    [InlineData("-3m")]
    [InlineData("soon")]
    [InlineData("99999999999h")]
    [InlineData("1e300h")]
    [InlineData("Infinityh")]
    [InlineData("NaNh")]
    public void A_budget_without_unit_or_beyond_all_time_is_refused(string text)
    {
        var read = () => Duration.Parse(text);
        read.Should().Throw<ReproException>().WithMessage($"--budget {text}: a time was expected*");
    }

    [Fact]
    public void Seeds_are_a_number_or_a_range()
    {
        SeedRange.Parse("3").Should().Equal(1, 2, 3);
        SeedRange.Parse("9-11").Should().Equal(9, 10, 11);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-3")]
    [InlineData("5-2")]
    [InlineData("1-2-3")]
    [InlineData("1.5")]
    [InlineData("99999999999")]
    [InlineData("all")]
    public void Other_seeds_are_refused(string text)
    {
        var read = () => SeedRange.Parse(text);
        read.Should().Throw<ReproException>().WithMessage($"--seeds {text}: a number of seeds or a range was expected*");
    }

    // The base models are there, so that none is trained.
    private static MechanismWork Work(TemporaryFolder folder, int seeds, Func<long, CellResult> run)
    {
        var (store, all) = (new CellStore(folder.Path), Enumerable.Range(1, seeds).Select(seed => (long)seed).ToList());
        all.ForEach(seed => store.Get(BaseModels.Cell(seed) with { Run = _ => Result(seed) }, default));
        return new MechanismWork(new CellPlan([new Runs(run)], all, BaseSize.Small, null), store, TextWriter.Null);
    }

    private static CellResult Result(double value) =>
        new(new Dictionary<string, double> { ["value"] = value }, new Dictionary<string, string> { ["qualities"] = "0T" });

    private sealed class Runs(Func<long, CellResult> run) : IExperiment
    {
        public string Id => "E0";

        public string Title => "runs of a test";

        public string Version => "1";

        public IEnumerable<Cell> Cells(long seed) => [new Cell(Key with { Seed = seed }, _ => run(seed))];
    }
}
