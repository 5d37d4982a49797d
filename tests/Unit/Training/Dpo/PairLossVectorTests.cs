using System.Text.Json;
using Repro.Core.Losses;
using Repro.Core.Training.Dpo;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Dpo;

/// <summary>
/// Every <c>loss.kind</c> against the numbers of its peer through <see cref="DpoPairLoss"/>, which is what trains: that the functions are
/// right says nothing about which of them a name stands for.
/// </summary>
/// <remarks>
/// By hand, the two forms of AOT on two pairs with beta 1 and a reference of 0: policy 1 and 4 of the preferred, 3 and 2 of the rejected
/// responses. On paired samples (aot) the differences -2 and 2 are sorted: losses log(1 + e^2) and log(1 + e^-2). On unpaired ones
/// (aot_pair) 1, 4 and 2, 3 are sorted apart: the differences are -1 and 1.
/// </remarks>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
[Trait("Suite", "Vectors")]
public sealed class PairLossVectorTests
{
    private static readonly string[] Files = ["dpo/trl_dpo_loss", "dpo/trl_main_dpo_loss", "preference/cpo_simpo", "preference/orpo"];

    [Fact]
    public void Every_kind_gives_the_numbers_of_the_peer_that_it_is_named_after()
    {
        var seen = new HashSet<DpoLossKind>();
        foreach (var file in Files)
        {
            foreach (var vector in VectorCase.Load(VectorFolder.Path(file + ".json")))
            {
                using var scope = NewDisposeScope();
                seen.Add(Check(file, vector));
            }
        }

        // Those that no peer has numbers for are held to examples by hand, see PreferenceExamples.
        seen.Should().HaveCountGreaterThanOrEqualTo(19);
    }

    [Fact]
    public void Kinds_of_the_first_DPO_repository()
    {
        foreach (var vector in VectorCase.Load(VectorFolder.Path("dpo", "preference_loss.json")))
        {
            using var scope = NewDisposeScope();
            var (ipo, free) = (vector.Flag("ipo"), vector.Flag("reference_free"));
            if (ipo && free)
            {
                continue;
            }

            var kind = ipo ? DpoLossKind.IpoOfSums : free ? DpoLossKind.ReferenceFree : DpoLossKind.Sigmoid;
            var settings = new DpoLossSettings
            {
                Kind = kind,
                Beta = vector.Number("beta"),
                LabelSmoothing = ipo ? 0 : vector.Number("label_smoothing")
            };
            var (tokens, chosen, rejected) = Tokens(vector);
            Compare(vector, new DpoPairLoss(settings).PerPair(tokens), chosen, rejected, "losses", "grad_policy_chosen_logps",
                "grad_policy_rejected_logps");
        }
    }

    [Fact]
    public void Aot_pair_is_the_unpaired_form()
    {
        using var scope = NewDisposeScope();
        Tensor Column(params double[] values) => tensor(values, ScalarType.Float64).reshape(2, 1);
        var (zero, mask) = (Column(0, 0), ones(2, 1, ScalarType.Bool));
        double[] Losses(DpoLossKind kind) => VectorComparison.Doubles(new DpoPairLoss(new DpoLossSettings { Kind = kind, Beta = 1 })
            .PerPair(new PairTokens(Column(1, 4), Column(3, 2), zero, zero, mask, mask)));
        static double SoftPlus(double x) => Math.Log(1 + Math.Exp(x));
        Losses(DpoLossKind.Aot).Should()
            .SatisfyRespectively(x => x.Should().BeApproximately(SoftPlus(2), 1e-12), x => x.Should().BeApproximately(SoftPlus(-2), 1e-12));
        Losses(DpoLossKind.AotPair).Should()
            .SatisfyRespectively(x => x.Should().BeApproximately(SoftPlus(1), 1e-12), x => x.Should().BeApproximately(SoftPlus(-1), 1e-12));
    }

    private static DivergenceType Divergence(VectorCase vector)
    {
        var name = vector.HasParameter("f_divergence_type") ? vector.Text("f_divergence_type") : "reverse_kl";
        return Enum.Parse<DivergenceType>(name.Replace("_", string.Empty, StringComparison.Ordinal), ignoreCase: true);
    }

    private static DpoLossKind Check(string file, VectorCase vector)
    {
        var kind = Kind(file, vector);
        var smoothing = vector.HasParameter("label_smoothing") ? vector.Number("label_smoothing") : 0;
        var settings = new DpoLossSettings
        {
            Kind = kind,
            Beta = vector.Number("beta"),
            // The sigmoid of the newer trainer takes no notice of it.
            LabelSmoothing = file == "dpo/trl_main_dpo_loss" && kind == DpoLossKind.Sigmoid ? 0 : smoothing,
            DiscopopTemperature = vector.HasParameter("discopop_tau") ? vector.OptionalNumber("discopop_tau") ?? 0.05 : 0.05,
            FDivergenceType = Divergence(vector),
            FAlphaDivergenceCoef = Divergence(vector) == DivergenceType.AlphaDivergence ? vector.Number("alpha_divergence_coef") : 1,
            SimpoGamma = kind == DpoLossKind.Simpo ? vector.Number("simpo_gamma") : 0.5,
            // The vectors have no likelihood term.
            CpoAlpha = file == "preference/cpo_simpo" ? 0 : null,
        };
        var (tokens, chosen, rejected) = Tokens(vector);
        var losses = new DpoPairLoss(settings).PerPair(tokens);
        if (kind == DpoLossKind.Orpo)
        {
            // Here the peer's numbers are those of the odds ratio alone, and with another sign.
            Compare(vector, -(losses + chosen), chosen, rejected, "beta_times_log_sigmoid", "grad_chosen_of_or_term",
                "grad_rejected_of_or_term", sign: -1);
        }
        else if (file == "preference/cpo_simpo")
        {
            Compare(vector, losses, chosen, rejected, "losses", "grad_chosen", "grad_rejected");
        }
        else
        {
            Compare(vector, losses, chosen, rejected, "losses", "grad_policy_chosen_logps", "grad_policy_rejected_logps");
        }

        return kind;
    }

    private static DpoLossKind Kind(string file, VectorCase vector)
    {
        var name = file switch
        {
            "preference/orpo" => "orpo",
            "preference/cpo_simpo" when vector.Text("loss_type") is not "simpo" and var type => type == "sigmoid" ? "cpo" : "cpo_" + type,
            // The newer name of aot_pair.
            _ => vector.Text("loss_type") is "aot_unpaired" ? "aot_pair" : vector.Text("loss_type"),
        };
        return Enum.GetValues<DpoLossKind>().Single(kind => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString()) == name);
    }

    // Each response as many equal tokens as it has; one where the case does not say, so that sum and average are the same. The leaves are
    // the log-probabilities given.
    private static (PairTokens Tokens, Tensor Chosen, Tensor Rejected) Tokens(VectorCase vector)
    {
        Tensor Given(string name) => vector.Tensor(name, ScalarType.Float64);
        var (chosen, rejected) = (Given("policy_chosen_logps").requires_grad_(), Given("policy_rejected_logps").requires_grad_());
        var pairs = chosen.shape[0];
        Tensor lengths = vector.HasInput("completion_lengths_chosen_then_rejected")
            ? vector.Tensor("completion_lengths_chosen_then_rejected").to(ScalarType.Int64) : ones(2 * pairs, ScalarType.Int64);
        Tensor Mask(int side) => arange(lengths.max().item<long>()).unsqueeze(0).lt(lengths.narrow(0, side * pairs, pairs).unsqueeze(1));
        Tensor Spread(Tensor sums, int side) =>
            (sums / lengths.narrow(0, side * pairs, pairs)).unsqueeze(1) * Mask(side).to(ScalarType.Float64);
        var none = chosen.detach().zeros_like();
        var hasReference = vector.HasInput("reference_chosen_logps");
        return (new PairTokens(
            Spread(chosen, 0), Spread(rejected, 1), Spread(hasReference ? Given("reference_chosen_logps") : none, 0),
            Spread(hasReference ? Given("reference_rejected_logps") : none, 1), Mask(0), Mask(1)), chosen, rejected);
    }

    private static void Compare(
        VectorCase vector, Tensor losses, Tensor chosen, Tensor rejected, string name, string chosenGradient, string rejectedGradient,
            int sign = 1)
    {
        (losses.mean() * sign).backward();
        var expected = vector.Expected();
        foreach (var (output, found) in new[] { (name, losses), (chosenGradient, chosen.grad!), (rejectedGradient, rejected.grad!) })
        {
            var values = VectorComparison.Doubles(found);
            values.Should().HaveCount(expected[output].Length);
            values.Zip(expected[output]).Where(pair => !(Math.Abs(pair.First - pair.Second) <= 2e-7 + (2e-5 * Math.Abs(pair.Second))))
                .Should().BeEmpty(Invariant($"{vector.File}, {vector.Id}, {output}"));
        }
    }
}
