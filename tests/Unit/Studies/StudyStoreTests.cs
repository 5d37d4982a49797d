using System.Text;
using Microsoft.Data.Sqlite;
using Repro.Core;
using Repro.Core.Data;
using Repro.Experiments;
using Repro.Experiments.Studies;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Studies;

/// <summary>Studies of the tests' own.</summary>
internal static class Studies
{
    internal static IReadOnlyList<StudyItem> Items(params int[] answers) => StudyFiles.WithKeys([.. answers.Select((count, i) =>
        new StudyItem("", "", [new ChatMessage(ChatRole.User, Invariant($"question {i}"))], Answers(count)))]);

    private static StudyAnswer[] Answers(int count) =>
        [.. Enumerable.Range(0, count).Select(k => new StudyAnswer(Invariant($"m{k}"), Invariant($"answer {k}")))];
}

/// <summary>What a study keeps, and what it refuses to open.</summary>
public sealed class StudyStoreTests : IDisposable
{
    private static readonly DateTimeOffset _noon = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);
    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "study.db");

    public void Dispose() => _folder.Dispose();

    /// <summary>The files are copied while the study is open, as a machine that loses its power would leave them.</summary>
    [Fact]
    public void A_saved_ranking_is_on_disk_before_the_study_is_closed()
    {
        using var store = StudyStore.Create(File, 5, Studies.Items(3, 2));
        store.Save(store.AddRater("Ada"), 0, [2, 1, 2], [1, 2, 0], 3.5, _noon);
        foreach (var file in Directory.GetFiles(_folder.Path).Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)))
        {
            System.IO.File.Copy(file, file.Replace("study.db", "copy.db", StringComparison.Ordinal));
        }

        using var copy = StudyStore.Open(Path.Combine(_folder.Path, "copy.db"));
        copy.Seed.Should().Be(5);
        copy.Items.Should().BeEquivalentTo(store.Items);
        copy.Current().Should().BeEquivalentTo([new Ranking("Ada", 0, [2, 1, 2], [1, 2, 0], 3.5, "2026-11-29T12:00:00Z", 0)]);
    }

    [Fact]
    public void A_second_ranking_replaces_the_first_which_is_kept()
    {
        using var store = StudyStore.Create(File, 0, Studies.Items(2, 2));
        var (ada, ben) = (store.AddRater("Ada"), store.AddRater("Ben"));
        store.Save(ada, 1, [1, 2], [0, 1], 1, _noon);
        store.Save(ben, 1, [1, 1], [0, 1], 1, _noon);
        store.Save(ada, 1, [2, 1], [0, 1], 1, _noon);
        store.Save(ada, 1, [2, 1], [0, 1], 9, _noon);
        store.Current().Select(Text).Should().Equal("Ada 1: 2,1 (1)", "Ben 1: 1,1 (0)");
        store.History().Select(Text).Should().Equal("Ada 1: 1,2 (0)", "Ben 1: 1,1 (0)", "Ada 1: 2,1 (1)");
        store.Newest(ada, 1)!.Ranks.Should().Equal(2, 1);
        store.Newest(ada, 0).Should().BeNull();
        store.Done(ada).Should().Equal(1);
    }

    [Fact]
    public void Eight_people_at_once_lose_nothing()
    {
        using var store = StudyStore.Create(File, 0, Studies.Items([.. Enumerable.Repeat(2, 20)]));
        Parallel.For(0, 8, person =>
        {
            var rater = store.AddRater(Invariant($"p{person}"));
            for (var item = 0; item < 20; item++)
            {
                store.Save(rater, item, [1, 2], [0, 1], null, null);
            }
        });
        store.Current().Should().HaveCount(160);
    }

    [Theory]
    [InlineData(new[] { 1 }, new[] { 0, 1 }, "*one rank from 1 to 2*")]
    [InlineData(new[] { 1, 3 }, new[] { 0, 1 }, "*one rank from 1 to 2*")]
    [InlineData(new[] { 0, 1 }, new[] { 0, 1 }, "*one rank from 1 to 2*")]
    [InlineData(new[] { 1, 2 }, new[] { 1, 1 }, "*an order with each*")]
    public void What_is_no_ranking_is_refused(int[] ranks, int[] shown, string message)
    {
        using var store = StudyStore.Create(File, 0, Studies.Items(2));
        var rater = store.AddRater("Ada");
        ((Action)(() => store.Save(rater, 0, ranks, shown, null, null))).Should().Throw<ReproException>().WithMessage(message);
        ((Action)(() => store.Save(rater, 1, [1, 2], [0, 1], null, null))).Should().Throw<ReproException>().WithMessage("item 2*has 1");
        store.History().Should().BeEmpty();
    }

    [Fact]
    public void A_name_is_one_person_however_it_is_written()
    {
        using var store = StudyStore.Create(File, 0, Studies.Items(2));
        var zoe = store.AddRater("  Zo\u00eb ");
        store.ByName("ZOE\u0308").Should().Be(zoe, "a letter and its accent may be one character or two");
        store.ByToken(zoe.Token).Should().Be(zoe);
        store.ByToken("").Should().BeNull();
        zoe.Name.Should().Be("Zo\u00eb");
        foreach (var wrong in new[] { " ", "a\u0000b", "a\nb", new string('x', 81), "zo\u00cb" })
        {
            ((Action)(() => store.AddRater(wrong))).Should().Throw<ReproException>();
        }

        store.Raters().Should().ContainSingle();
    }

    [Fact]
    public void What_is_no_study_is_refused_and_stays_as_it_is()
    {
        Refused("*there is no study*");
        System.IO.File.WriteAllText(File, new string('x', 5000));
        Refused("*no SQLite database*");
        System.IO.File.Delete(File);
        Sql("CREATE TABLE item(number)");
        Refused("*another program*");
        ((Action)(() => StudyStore.Create(File, 0, Studies.Items(2)))).Should().Throw<ReproException>().WithMessage("*exists already");
    }

    [Theory]
    [InlineData("PRAGMA user_version = 9", "*version 9*knows version 1")]
    [InlineData("DELETE FROM setting WHERE name = 'seed'", "*damaged*")]
    [InlineData("UPDATE item SET content = '{'", "*damaged*")]
    [InlineData("DROP TABLE item", "*cannot be opened*")]
    public void A_study_that_was_tampered_with_is_refused(string sql, string message)
    {
        StudyStore.Create(File, 0, Studies.Items(2)).Dispose();
        Sql(sql);
        Refused(message);
    }

    [Fact]
    public void A_damaged_file_is_refused()
    {
        StudyStore.Create(File, 0, Studies.Items([.. Enumerable.Repeat(4, 200)])).Dispose();
        var whole = System.IO.File.ReadAllBytes(File);
        whole.Length.Should().BeGreaterThan(40_000);
        var broken = whole.ToArray();
        Encoding.ASCII.GetBytes(new string('x', 8192)).CopyTo(broken, 20_000);
        System.IO.File.WriteAllBytes(File, broken);
        Refused("*damaged*");
        System.IO.File.WriteAllBytes(File, whole[..20_000]);
        Refused("*damaged*");
    }

    [Fact]
    public void A_study_is_made_whole_or_not_at_all()
    {
        ((Action)(() => StudyStore.Create(File, 0, Studies.Items(2), store =>
        {
            store.AddRater("Ada");
            throw new ReproException("broken off");
        }))).Should().Throw<ReproException>().WithMessage("broken off");
        System.IO.File.Exists(File).Should().BeFalse();
        using var study = StudyStore.Create(File, 0, Studies.Items(2), store => store.AddRater("Ben"));
        study.Raters().Select(rater => rater.Name).Should().Equal("Ben");
    }

    [Fact]
    public void What_cannot_be_made_is_refused()
    {
        ((Action)(() => StudyStore.Create(File, 0, []))).Should().Throw<ReproException>().WithMessage("there is no item to rank");
        ((Action)(() => StudyStore.Create(Path.Combine(File, "no", "folder.db"), 0, Studies.Items(2))))
            .Should().Throw<ReproException>().WithMessage("*folder.db: cannot be*");
        System.IO.File.WriteAllText(File + "-wal", "rankings");
        ((Action)(() => StudyStore.Create(File, 0, Studies.Items(2)))).Should().Throw<ReproException>()
            .WithMessage("*study.db-wal*is gone*");
    }

    private static string Text(Ranking ranking) =>
        Invariant($"{ranking.Rater} {ranking.Item}: {string.Join(',', ranking.Ranks)} ({ranking.Revision})");

    private void Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private void Refused(string message)
    {
        var before = System.IO.File.Exists(File) ? System.IO.File.ReadAllBytes(File) : null;
        ((Action)(() => StudyStore.Open(File).Dispose())).Should().Throw<ReproException>().WithMessage(message);
        (System.IO.File.Exists(File) ? System.IO.File.ReadAllBytes(File) : null).Should().Equal(before);
    }
}
