using Repro.Core;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Procedures;

public sealed class ReleasedSettingTests
{
    private static readonly RevisionPeriod Middle = new(new DateOnly(2023, 10, 12), new DateOnly(2023, 11, 23));

    private static readonly TableFacts Table = new(
        ["section", "key", "value"],
        [
            ["a", "lr", "5e-5"],
            ["a", "lr_before_2023-11-29", "1e-4"],
            ["a", "lr_scheduler_type", "cosine"],
            ["a", "beta2", "0.95"],
            ["a", "beta2_2023-10-12_to_2023-11-23", "0.999"],
            ["a", "blank", ""],
            ["a", "twice", "1"],
            ["a", "twice", "1"],
            ["b", "languages", "en, es,de"],
        ]);

    [Fact]
    public void Older_values_come_with_their_period()
    {
        var lr = ReleasedSetting.Find(Table, "a", "lr");
        lr.Number().Should().Be(5e-5);
        lr.Older.Should().ContainSingle().Which.Should().Be(("1e-4", new RevisionPeriod(null, new DateOnly(2023, 11, 29))));
        ReleasedSetting.Find(Table, "a", "beta2").Older.Should().ContainSingle().Which.Period.Should().Be(Middle);
    }

    [Fact]
    public void A_longer_key_is_no_older_value() =>
        ReleasedSetting.Find(Table, "a", "lr").Older.Should().NotContain(o => o.Value == "cosine");

    [Fact]
    public void Periods_of_a_number_name_when_it_held()
    {
        var beta2 = ReleasedSetting.Find(Table, "a", "beta2");
        beta2.PeriodsOf(0.999).Should().Equal(Middle);
        beta2.PeriodsOf(0.95).Should().Equal(beta2.CurrentPeriod);
        beta2.PeriodsOf(0.9).Should().BeEmpty();
    }

    [Fact]
    public void A_blank_setting_is_no_number()
    {
        var number = () => ReleasedSetting.Find(Table, "a", "blank").Number();
        number.Should().Throw<ReproException>().WithMessage("setting 'a.blank' is '', expected a number");
        ReleasedSetting.Find(Table, "a", "blank").Items().Should().BeEmpty();
    }

    [Fact]
    public void Items_are_split_at_commas() => ReleasedSetting.Find(Table, "b", "languages").Items().Should().Equal("en", "es", "de");

    [Theory]
    [InlineData("b", "lr", 0)]
    [InlineData("a", "twice", 2)]
    public void A_setting_is_found_once_or_named(string section, string key, int found)
    {
        var find = () => ReleasedSetting.Find(Table, section, key);
        find.Should().Throw<ReproException>().WithMessage(Invariant($"expected one setting '{section}.{key}', found {found}"));
    }

    [Fact]
    public void Periods_that_only_touch_do_not_overlap()
    {
        var before = new RevisionPeriod(null, Middle.From);
        before.Overlaps(Middle).Should().BeFalse();
        Middle.Overlaps(before).Should().BeFalse();
        new RevisionPeriod(null, new DateOnly(2023, 10, 13)).Overlaps(Middle).Should().BeTrue();
        new RevisionPeriod(null, null).Overlaps(Middle).Should().BeTrue();
        new RevisionPeriod(Middle.Until, null).Overlaps(Middle).Should().BeFalse();
    }

    [Fact]
    public void Periods_read_in_words()
    {
        Middle.ToString().Should().Be("from 2023-10-12 to 2023-11-23");
        new RevisionPeriod(null, Middle.Until).ToString().Should().Be("before 2023-11-23");
        new RevisionPeriod(Middle.From, null).ToString().Should().Be("since 2023-10-12");
        new RevisionPeriod(null, null).ToString().Should().Be("in all revisions");
    }
}
