using System.Text.Json.Nodes;
using System.Xml.Linq;
using Repro.Core;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Runs;
using Repro.Experiments.Cli;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;

namespace Repro.Tests.Unit.Training.Runs;

/// <summary>What a run shows and leaves while it works and when it fails.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class RunWatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _path;

    public RunWatchTests() => _path = Path.Combine(_folder.Path, "run");

    [Fact]
    public void Without_a_terminal_there_is_a_line_at_the_first_step_every_five_seconds_and_at_the_end()
    {
        var clock = new HandClock();
        using var error = new StringWriter { NewLine = "\n" };
        var progress = new TrainingProgress(error, live: false, clock);

        progress.Begin(0, 100);
        for (var step = 1; step <= 100; step++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(500));
            var metrics = new Dictionary<string, double> { ["loss"] = 2.5, ["kl/mean"] = 0.125, ["other"] = 1 };
            progress.Step(step, new StepReport(metrics, 100), 0.5);
        }

        progress.End();
        var lines = error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines[0].Should().Be("training begins: 100 steps");
        lines[1].Should().Be("step 1/100 loss 2.5 kl/mean 0.125 200 tokens/s 0:49 left");
        lines[2].Should().Be("step 11/100 loss 2.5 kl/mean 0.125 200 tokens/s 0:44 left");
        lines[^1].Should().Be("step 100/100 loss 2.5 kl/mean 0.125 200 tokens/s 0:00 left");
        lines.Should().HaveCount(12);
        error.ToString().Should().NotContainAny("\r", "\u001b");
    }

    [Fact]
    public void Work_without_steps_says_every_half_minute_in_a_pipe_how_far_it_is()
    {
        var clock = new HandClock();
        using var error = new StringWriter { NewLine = "\n" };
        var progress = new ProgressLine(error, 8, clock);
        for (var done = 1; done <= 8; done++)
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            progress.Show(done, "gsm8k");
        }

        progress.Clear();
        error.ToString().Should().Be("[3/8] gsm8k\n[6/8] gsm8k\n");
    }

    [Fact]
    public void On_a_terminal_a_bar_is_written_over()
    {
        using var error = new StringWriter { NewLine = "\n" };
        var progress = new TrainingProgress(error, live: true, new HandClock());

        progress.Begin(0, 4);
        progress.Step(2, new StepReport(new Dictionary<string, double> { ["loss"] = 2.5 }, 100), 60);
        progress.Evaluation(2, new Dictionary<string, double> { ["loss"] = 3 });
        progress.End();

        error.ToString().Should().Be(
            "\r\u001b[2K━━━━━━━━━━━━──────────── 2/4 loss 2.5 2 tokens/s 2:00 left\r\u001b[2Kevaluation after step 2: loss 3\n\r\u001b[2K");
    }

    [Fact]
    public void A_failed_run_writes_its_error_and_last_metrics_and_says_where()
    {
        var progress = new NotedProgress();
        var failing = Failing(7, "The loss at step 8 is NaN.");
        FluentActions.Invoking(() => RunHarness.Run(_path, LineConfig.Of(), trainer: failing, progress: progress))
            .Should().Throw<ReproException>();

        var card = Path.Combine(_path, "card.md");
        progress.Failures.Should().Equal($"the run failed: {card} has the error and the last metrics; the checkpoint of step 6 is whole");
        File.ReadAllText(card).Should().Contain("The run failed after 7 of 12 steps.").And.Contain("| 7 | The loss at step 8 is NaN. |")
            .And.Contain("| metric | step 1 | step 7 |").And.Contain("## Cost");
        var environment = JsonNode.Parse(File.ReadAllText(Path.Combine(_path, "environment.json")))!;
        var failure = environment["failures"]!.AsArray().Should().ContainSingle().Subject!;
        ((long)failure["step"]!).Should().Be(7);
        ((double)failure["metrics"]!["loss"]!).Should().Be(RunRecord.Read(_path).Lines[^1].Metrics["loss"]);
        RunRecord.Read(_path).Error.Should().Be("The loss at step 8 is NaN.");
    }

    [Fact]
    public void A_failed_run_that_was_resumed_to_its_end_is_finished_and_keeps_the_record_of_the_failure()
    {
        RunHarness.Run(_path + "-whole", LineConfig.Of());
        var failing = Failing(7, "out of memory");
        FluentActions.Invoking(() => RunHarness.Run(_path, LineConfig.Of(), trainer: failing)).Should().Throw<ReproException>();

        RunHarness.Run(_path, LineConfig.Of(), resume: true).Should().Be(RunOutcome.Finished);

        RunHarness.Result(_path).Should().Equal(RunHarness.Result(_path + "-whole"));
        File.ReadAllText(Path.Combine(_path, "card.md")).Should().Contain("All 12 steps are done.").And.Contain("| 7 | out of memory |");
        var run = RunRecord.Read(_path);
        (run.Error, run.Finished, run.Steps).Should().Be((null, true, 12));
    }

    [Fact]
    public void What_fails_before_the_first_step_is_recorded_and_the_folder_stays_free()
    {
        using (var folder = RunFolder.Open(_path, LineConfig.Of()))
        {
            folder.RecordFailure(new InvalidOperationException("no such device")).Should().BeTrue();
        }

        File.ReadAllText(Path.Combine(_path, "card.md")).Should().Contain("InvalidOperationException: no such device");
        RunHarness.Run(_path, LineConfig.Of()).Should().Be(RunOutcome.Finished);
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(1, 4)]
    public void A_run_whose_metric_stays_above_its_limit_ends(int after, long firstAbove)
    {
        var limits = new Dictionary<string, double> { ["reported"] = 5 };
        var settings = new RunSettings { CheckpointEvery = 1, StopAfter = after, StopAbove = limits };
        using var trainer = new ReportingTrainer(step => step == 0 || step >= firstAbove ? 6 : 5);

        FluentActions.Invoking(() => Run(settings, trainer)).Should().Throw<ReproException>()
            .WithMessage(after == 1
                ? "The run diverges: reported was above 5 (run.stop_above) for 1 step in a row (run.stop_after), 6 at step 1.*"
                : "The run diverges: reported was above 5 (run.stop_above) for 3 steps in a row (run.stop_after), 6 at step 5.*");
        RunRecord.Read(_path).Error.Should().StartWith("The run diverges");
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_KL_that_is_not_finite_ends_a_run_without_any_limit(double value)
    {
        using var trainer = new ReportingTrainer(step => step < 3 ? 1 : value, "kl/mean");
        FluentActions.Invoking(() => Run(new RunSettings(), trainer)).Should().Throw<ReproException>()
            .WithMessage("The run diverges: kl/mean was not finite for 5 steps in a row (run.stop_after), * at step 8.*");

        using var large = new ReportingTrainer(_ => 1e300, "kl/mean");
        using var folder = RunFolder.Open(_path + "-off", LineConfig.Of(run: new RunSettings()));
        new TrainingRun(folder).Run(large, CancellationToken.None).Should().Be(RunOutcome.Finished, "limits are off by default");
    }

    [Fact]
    public void A_limit_for_a_metric_that_the_stage_does_not_report_is_refused()
    {
        using var trainer = new ReportingTrainer(_ => 1);
        FluentActions.Invoking(() => Run(new RunSettings { StopAbove = new Dictionary<string, double> { ["reportd"] = 5 } }, trainer))
            .Should().Throw<ReproException>().WithMessage(
                "run.stop_above.reportd: this stage reports no metric 'reportd'; it reports reported; did you mean 'reported'?");
    }

    [Fact]
    public void The_card_has_curves_samples_hardware_and_cost()
    {
        RunHarness.Run(_path, LineConfig.Of(run: new RunSettings { EvaluateEvery = 4 }));

        var card = File.ReadAllText(Path.Combine(_path, "card.md"));
        card.Should().Contain("](curves.svg)").And.Contain("96 tokens in").And.Contain("Step 5, score NaN")
            .And.Contain("Step 10, score NaN").And.Contain("é\n\"quoted\"").And.Contain(" threads, ");
        var svg = XDocument.Load(Path.Combine(_path, "curves.svg"));
        XNamespace space = "http://www.w3.org/2000/svg";
        var curves = svg.Descendants(space + "polyline").ToList();
        curves.Select(line => line.Attribute("class")!.Value).Should().Equal("train", "held");
        curves.Select(line => line.Attribute("points")!.Value.Split(' ').Length).Should().Equal(12, 3);
        svg.Descendants(space + "text").Where(text => text.Attribute("class")?.Value == "name").Select(text => text.Value)
            .Should().Equal("loss", "first");
    }

    [Fact]
    public void Curves_of_long_runs_are_means_of_neighbouring_steps()
    {
        var lines = Enumerable.Range(1, 1000)
            .Select(step => new MetricLine(step, false, 0, 0, new Dictionary<string, double> { ["loss"] = step })).ToList();

        var points = RunCurves.Points(lines, "loss", evaluation: false, most: 300);

        points.Should().HaveCount(250);
        points[0].Should().Be((4.0, 2.5));
        points[^1].Should().Be((1000.0, 998.5));
    }

    [Fact]
    public void A_sample_cannot_close_its_own_fence()
    {
        using var trainer = new ReportingTrainer(_ => 1) { Sample = "a ``` b\n# not a heading " + new string('x', 2000) };
        Run(new RunSettings(), trainer);

        File.ReadAllText(Path.Combine(_path, "card.md")).Should().Contain(
            "response (the first 800 of 2024 characters):\n\n````text\na ``` b\n# not a heading x");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void More_epochs_extend_a_run_to_the_bits_of_one_begun_with_them(int before)
    {
        var whole = _path + "-whole";
        RunHarness.Run(whole, LineConfig.Of() with { Epochs = 6 }, trainer: new LineTrainer(1, 24));
        RunHarness.Run(_path, LineConfig.Of() with { Epochs = before }, trainer: new LineTrainer(1, 4 * before))
            .Should().Be(RunOutcome.Finished);
        var progress = new NotedProgress();

        RunHarness.Run(_path, LineConfig.Of() with { Epochs = 6 }, resume: true, trainer: new LineTrainer(1, 24), progress: progress)
            .Should().Be(RunOutcome.Finished);

        RunHarness.Result(_path).Should().Equal(RunHarness.Result(whole));
        RunHarness.Metrics(_path).Should().Equal(RunHarness.Metrics(whole));
        progress.Begun.Should().Be((4L * before, 24L));
        progress.Warnings.Should().Equal(Invariant($"the run was begun with epochs: {before} and is extended to 6; ")
            + "the learning rates of the steps that are done stay the same.");
        File.ReadAllText(Path.Combine(_path, "card.md")).Should().Contain("All 24 steps are done.");
    }

    [Fact]
    public void A_run_is_not_shortened_by_fewer_epochs_nor_extended_with_anything_else()
    {
        RunHarness.Run(_path, LineConfig.Of() with { Epochs = 2 });

        Resuming(LineConfig.Of() with { Epochs = 1 }).Should().Throw<ReproException>()
            .WithMessage("*begun with epochs: 2, now it is 1. A run can be extended, not shortened*");
        Resuming(LineConfig.Of(seed: 2) with { Epochs = 3 }).Should().Throw<ReproException>()
            .WithMessage("*begun with seed: 1, now it is 2.*");
        Resuming(LineConfig.Of() with { Epochs = 2 }).Should().NotThrow();
    }

    [Theory]
    [InlineData(ScheduleShape.Constant, 0, true)]
    [InlineData(ScheduleShape.InverseSquareRoot, 0, true)]
    [InlineData(ScheduleShape.Constant, 0.1, false)]
    [InlineData(ScheduleShape.Cosine, 0, false)]
    [InlineData(ScheduleShape.Linear, 0, false)]
    public void A_schedule_that_depends_on_the_number_of_steps_cannot_be_extended(ScheduleShape kind, double warmup, bool extends)
    {
        var schedule = new ScheduleSettings { Kind = kind, WarmupRatio = warmup };
        var same = Enumerable.Range(0, 10).All(step => schedule.Factor(10)(step).Equals(schedule.Factor(20)(step)));
        same.Should().Be(extends, "that is why");
        RunHarness.Run(_path, LineConfig.Of() with { Schedule = schedule });

        var extending = Resuming(LineConfig.Of() with { Schedule = schedule, Epochs = 2 });

        if (extends)
        {
            extending.Should().NotThrow();
        }
        else
        {
            extending.Should().Throw<ReproException>().WithMessage("*learning rates depend on the number of steps*");
        }
    }

    public void Dispose() => _folder.Dispose();

    private static LineTrainer Failing(long at, string message) =>
        new(1) { Before = step => { if (step == at) { throw new ReproException(message); } } };

    private void Run(RunSettings settings, ITrainer trainer)
    {
        using var folder = RunFolder.Open(_path, LineConfig.Of(run: settings));
        new TrainingRun(folder).Run(trainer, CancellationToken.None);
    }

    private Action Resuming(LineConfig config) => () => RunFolder.Open(_path, config, resume: true).Dispose();

    private sealed class HandClock : TimeProvider
    {
        private TimeSpan _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now.Ticks;

        internal void Advance(TimeSpan time) => _now += time;
    }
}
