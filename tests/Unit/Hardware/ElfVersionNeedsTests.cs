using System.Buffers.Binary;
using System.Text;
using Repro.Build;
using Repro.Core.Hardware;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Hardware;

/// <summary>
/// The build marks one version that libLibTorchSharp.so asks for as weak. The file here is made by hand: the sections that say which
/// versions are needed, and nothing else that a loader wants.
/// </summary>
public sealed class ElfVersionNeedsTests : IDisposable
{
    private const string Wanted = "GLIBCXX_3.4.32";
    private const ushort Weak = 2;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Only_the_flags_of_the_one_entry_change()
    {
        var file = Library("GLIBCXX_3.4.30", Wanted, "GLIBC_2.34");
        var before = file.ToArray();
        new ElfVersionNeeds(file).MakeWeak(Wanted).Should().BeTrue();
        var changed = Enumerable.Range(0, file.Length).Where(i => file[i] != before[i]).ToList();
        changed.Should().ContainSingle().Which.Should().Be(FlagsOf(1));
        BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(FlagsOf(1))).Should().Be(Weak);
    }

    [Fact]
    public void A_second_time_changes_nothing()
    {
        var file = Library(Wanted);
        new ElfVersionNeeds(file).MakeWeak(Wanted).Should().BeTrue();
        var once = file.ToArray();
        new ElfVersionNeeds(file).MakeWeak(Wanted).Should().BeFalse();
        file.Should().Equal(once);
    }

    [Fact]
    public void A_library_that_does_not_ask_for_the_version_stays_as_it_is()
    {
        var file = Library("GLIBCXX_3.4.30", "GLIBCXX_3.4.3");
        var before = file.ToArray();
        new ElfVersionNeeds(file).MakeWeak(Wanted).Should().BeFalse();
        file.Should().Equal(before);
    }

    [Fact]
    public void A_library_that_uses_a_symbol_of_the_version_is_refused()
    {
        var file = Library([Wanted], relocated: true);
        var before = file.ToArray();
        FluentActions.Invoking(() => new ElfVersionNeeds(file).MakeWeak(Wanted))
            .Should().Throw<InvalidDataException>().WithMessage($"*uses stream_init of {Wanted}*");
        file.Should().Equal(before);
    }

    [Fact]
    public void Foreign_files_are_refused()
    {
        foreach (var (content, reason) in new[]
        {
            (Array.Empty<byte>(), "no ELF file"),
            (new byte[4096], "no ELF file"),
            (Encoding.ASCII.GetBytes(new string('x', 100)), "no ELF file"),
            (With(4, 1), "another kind"),
            (With(5, 2), "another kind"),
            (With(60, 0), "without a section table"),
        })
        {
            FluentActions.Invoking(() => new ElfVersionNeeds(content).MakeWeak(Wanted))
                .Should().Throw<InvalidDataException>().WithMessage($"*{reason}*");
        }
    }

    [Fact]
    public void Every_cut_of_a_library_is_refused_or_says_the_same()
    {
        var whole = Library("GLIBC_2.34", Wanted);
        for (var length = 0; length < whole.Length; length++)
        {
            FluentActions.Invoking(() => new ElfVersionNeeds(whole[..length]).MakeWeak(Wanted))
                .Should().Throw<InvalidDataException>(Invariant($"{length} of {whole.Length} bytes are no library"));
        }
    }

    [Fact]
    public void Changed_bytes_never_end_in_another_exception()
    {
        var whole = Library("GLIBC_2.34", Wanted);
        for (var place = 0; place < whole.Length; place++)
        {
            foreach (byte value in new byte[] { 0, 1, 0x7f, 0xff })
            {
                var file = whole.ToArray();
                file[place] = value;
                try
                {
                    new ElfVersionNeeds(file).MakeWeak(Wanted);
                }
                catch (InvalidDataException)
                {
                    // Refused.
                }
            }
        }
    }

    [Fact]
    public void Files_are_mended_where_the_systems_library_lacks_the_version_and_keep_their_time()
    {
        var (file, time) = (Write("library.so", Library(Wanted)), new DateTime(2025, 3, 4, 5, 6, 8, DateTimeKind.Utc));
        File.SetLastWriteTimeUtc(file, time);
        var older = Write("older.so.6", Encoding.ASCII.GetBytes("GLIBCXX_3.4.30\0GLIBCXX_3.4.320\0"));
        Mending.Run([file], Wanted, older, TextWriter.Null).Should().Be(0);
        BinaryPrimitives.ReadUInt16LittleEndian(File.ReadAllBytes(file).AsSpan(FlagsOf(0))).Should().Be(Weak);
        File.GetLastWriteTimeUtc(file).Should().Be(time, "the next build copies a file whose time differs again");
        Directory.GetFiles(_folder.Path).Should().HaveCount(2, "no temporary file stays");
    }

    [Fact]
    public void Nothing_is_touched_where_the_system_has_the_version_or_does_not_tell()
    {
        var original = Library(Wanted);
        var file = Write("library.so", original);
        var newer = Write("newer.so.6", Encoding.ASCII.GetBytes("GLIBCXX_3.4.30\0" + Wanted + "\0"));
        Mending.Run([file], Wanted, newer, TextWriter.Null).Should().Be(0);
        Mending.Run([file], Wanted, null, TextWriter.Null).Should().Be(0);
        File.ReadAllBytes(file).Should().Equal(original);
    }

    [Fact]
    public void A_file_that_cannot_be_mended_is_named_and_left_alone()
    {
        var (file, good) = (Write("cut.so", Library(Wanted)[..200]), Write("good.so", Library(Wanted)));
        var older = Write("older.so.6", "none"u8.ToArray());
        using var errors = new StringWriter();
        Mending.Run([file, good], Wanted, older, errors).Should().Be(1);
        errors.ToString().Should().Contain(file).And.Contain("cut off");
        File.ReadAllBytes(file).Should().HaveCount(200);
        new ElfVersionNeeds(File.ReadAllBytes(good)).MakeWeak(Wanted).Should().BeFalse("it was mended although another was not");
    }

    [Fact]
    public void The_library_of_this_output_folder_loads_here()
    {
        Core.Hardware.LibTorch.Load();
        using var sum = TorchSharp.torch.ones(2).sum();
        sum.data<float>()[0].Should().Be(2);
    }

    public void Dispose() => _folder.Dispose();

    private string Write(string name, byte[] content)
    {
        var path = Path.Combine(_folder.Path, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private static byte[] With(int place, byte value)
    {
        var file = Library(Wanted);
        file[place] = value;
        return file;
    }

    // Where vna_flags of the n-th version lies: header, one needed library, then 16 bytes a version.
    private static int FlagsOf(int version) => 64 + 16 + (version * 16) + 4;

    private static byte[] Library(params string[] versions) => Library(versions, relocated: false);

    /// <summary>Header, version needs, one dynamic symbol that has the last version, its relocation (of that symbol or of none), names,
    /// section table.</summary>
    private static byte[] Library(string[] versions, bool relocated)
    {
        var names = new List<byte> { 0 };
        int Name(string text)
        {
            var at = names.Count;
            names.AddRange(Encoding.ASCII.GetBytes(text + "\0"));
            return at;
        }

        var needs = new byte[16 + (versions.Length * 16)];
        Set16(needs, 0, 1);
        Set16(needs, 2, versions.Length);
        Set32(needs, 4, Name("libstdc++.so.6"));
        Set32(needs, 8, 16);
        for (var i = 0; i < versions.Length; i++)
        {
            var at = 16 + (i * 16);
            Set16(needs, at + 6, i + 2);
            Set32(needs, at + 8, Name(versions[i]));
            Set32(needs, at + 12, i + 1 < versions.Length ? 16 : 0);
        }

        var symbols = new byte[48];
        Set32(symbols, 24, Name("stream_init"));
        var symbolVersions = new byte[4];
        Set16(symbolVersions, 2, versions.Length + 1);
        var relocations = new byte[24];
        Set32(relocations, 12, relocated ? 1 : 0);

        var file = new List<byte>(new byte[64]);
        (int Start, int Size) Place(byte[] part)
        {
            var start = file.Count;
            file.AddRange(part);
            return (start, part.Length);
        }

        // Type, place, number of the linked section, info.
        var sections = new (int Type, (int Start, int Size) Place, int Link, int Info)[]
        {
            (0, (0, 0), 0, 0),
            (0x6ffffffe, Place(needs), 5, 1),
            (11, Place(symbols), 5, 0),
            (0x6fffffff, Place(symbolVersions), 2, 0),
            (4, Place(relocations), 2, 0),
            (3, Place([.. names]), 0, 0),
        };
        var table = file.Count;
        foreach (var section in sections)
        {
            var header = new byte[64];
            Set32(header, 4, section.Type);
            Set32(header, 24, section.Place.Start);
            Set32(header, 32, section.Place.Size);
            Set32(header, 40, section.Link);
            Set32(header, 44, section.Info);
            file.AddRange(header);
        }

        byte[] result = [.. file];
        "\u007fELF"u8.CopyTo(result);
        result[4] = 2;
        result[5] = 1;
        Set32(result, 40, table);
        Set16(result, 58, 64);
        Set16(result, 60, sections.Length);
        return result;
    }

    private static void Set16(byte[] target, int at, int value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(target.AsSpan(at), (ushort)value);

    private static void Set32(byte[] target, int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(target.AsSpan(at), value);
}
