"""The arithmetic of invoices: it always adds up, in every currency, and as tax offices reckon it by hand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.amounts import LineAmount, TaxAmount, credited_tax, line_net, percent_of, shares, totals_of
from billing.choices import TaxCategory
from billing.errors import DiscountTooLarge, RateNotAllowed
from core.money import places, to_cents

CURRENCIES = ("EUR", "JPY", "KWD")
RATES = [Decimal(rate) for rate in ("0", "2.5", "5", "7.7", "8.1", "10", "13.5", "20", "25")]
UNTAXED = [category for category in TaxCategory if category != TaxCategory.STANDARD]


def line(
    quantity: str = "1", price: str = "0", discount: str = "0", *, rate: str | None = None, currency: str = "EUR"
) -> LineAmount:
    """A line as somebody types it: exempt without a rate, taxed with one."""
    return LineAmount(
        quantity=Decimal(quantity),
        unit_cents=to_cents(Decimal(price), currency),
        discount_cents=to_cents(Decimal(discount), currency),
        category=TaxCategory.STANDARD if rate else TaxCategory.EXEMPT,
        rate=Decimal(rate or "0"),
    )


@st.composite
def typed_amounts(draw: st.DrawFn, currency: str, most: int = 10_000) -> Decimal:
    return draw(st.decimals(0, most, places=places(currency), allow_nan=False, allow_infinity=False))


@st.composite
def invoices(draw: st.DrawFn) -> tuple[list[LineAmount], int]:
    """Lines in one currency, each with a discount it can bear, and a discount all of them can."""
    currency = draw(st.sampled_from(CURRENCIES))
    lines = []
    for _ in range(draw(st.integers(1, 12))):
        category = draw(st.sampled_from(TaxCategory.values))
        drawn = LineAmount(
            quantity=draw(st.decimals("0.001", 999, places=3)),
            unit_cents=to_cents(draw(typed_amounts(currency)), currency),
            discount_cents=0,
            category=category,
            rate=draw(st.sampled_from(RATES)) if category == TaxCategory.STANDARD else Decimal(0),
        )
        lines.append(replace(drawn, discount_cents=draw(st.integers(0, line_net(drawn)))))
    return lines, draw(st.integers(0, sum(map(line_net, lines))))


@given(invoice=invoices())
def test_lines_discounts_and_taxes_always_add_up_to_the_total(invoice: tuple[list[LineAmount], int]) -> None:
    lines, discount = invoice
    totals = totals_of(lines, discount)

    assert sum(totals.shares) == discount
    assert all(0 <= share <= net for share, net in zip(totals.shares, totals.nets, strict=True))
    assert totals.net_cents == sum(totals.nets) - discount
    assert totals.net_cents == sum(tax.taxable_cents for tax in totals.taxes)
    assert totals.tax_cents == sum(tax.tax_cents for tax in totals.taxes)
    assert totals.total_cents == totals.net_cents + totals.tax_cents


@given(invoice=invoices())
def test_tax_is_of_all_that_is_taxed_alike_and_less_than_a_cent_off(invoice: tuple[list[LineAmount], int]) -> None:
    lines, discount = invoice
    totals = totals_of(lines, discount)
    groups: dict[tuple[str, Decimal], int] = defaultdict(int)
    for one, net, share in zip(lines, totals.nets, totals.shares, strict=True):
        groups[one.category, one.rate] += net - share

    assert [(tax.category, tax.rate) for tax in totals.taxes] == sorted(groups)
    for tax in totals.taxes:
        assert tax.taxable_cents == groups[tax.category, tax.rate]
        exact = Fraction(tax.rate) / 100 * tax.taxable_cents
        assert Fraction(-1, 2) < tax.tax_cents - exact <= Fraction(1, 2) or tax.tax_cents == exact


@given(
    quantity=st.decimals("0.001", 999_999, places=3),
    unit=st.integers(0, 10**9),
)
def test_a_line_is_less_than_a_cent_off_and_a_half_goes_up(quantity: Decimal, unit: int) -> None:
    net = line_net(LineAmount(quantity, unit, 0, TaxCategory.EXEMPT, Decimal(0)))

    assert Fraction(-1, 2) < net - Fraction(quantity) * unit <= Fraction(1, 2)


@given(weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=30), data=st.data())
def test_shares_are_the_whole_and_none_is_more_than_its_weight(weights: list[int], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(weights)))
    spread = shares(amount, weights)

    assert sum(spread) == amount
    for share, weight in zip(spread, weights, strict=True):
        assert 0 <= share <= weight
        assert abs(share - Fraction(amount * weight, sum(weights) or 1)) < 1


@pytest.mark.parametrize(
    ("amount", "weights", "expected"),
    [
        (10, [1, 1, 1], [4, 3, 3]),
        (11, [1, 1, 1], [4, 4, 3]),
        (1, [0, 5, 5], [0, 1, 0]),
        (100, [300, 200, 200], [43, 29, 28]),  # 42.86, 28.57, 28.57
        (0, [], []),
        (0, [0, 0], [0, 0]),
    ],
)
def test_the_largest_remainder_gets_the_cent_left_over_and_the_earlier_wins_a_tie(
    amount: int, weights: list[int], expected: list[int]
) -> None:
    assert shares(amount, weights) == expected


def test_an_amount_can_not_be_spread_over_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        shares(1, [0, 0])


# Refused


def test_a_discount_larger_than_the_line_is_refused() -> None:
    assert line_net(line("1", "10", "10")) == 0
    with pytest.raises(DiscountTooLarge):
        line_net(line("1", "10", "10.01"))


def test_a_discount_larger_than_all_lines_is_refused() -> None:
    lines = [line("1", "10"), line("1", "5", rate="20")]

    assert totals_of(lines, 1500).total_cents == 0
    with pytest.raises(DiscountTooLarge):
        totals_of(lines, 1501)


@pytest.mark.parametrize("category", UNTAXED)
def test_what_is_not_taxed_has_no_rate(category: TaxCategory) -> None:
    with pytest.raises(RateNotAllowed):
        totals_of([LineAmount(Decimal(1), 1000, 0, category, Decimal("0.1"))], 0)


def test_a_rate_is_never_below_zero() -> None:
    with pytest.raises(RateNotAllowed):
        totals_of([LineAmount(Decimal(1), 1000, 0, TaxCategory.STANDARD, Decimal(-1))], 0)


# Credits in parts


@st.composite
def credits_in_parts(draw: st.DrawFn) -> tuple[int, int, list[int]]:
    """What is taxed alike, its tax, and the parts in which all of it is credited."""
    taxable = draw(st.integers(0, 10**7))
    tax = percent_of(taxable, draw(st.sampled_from(RATES)))
    cuts = sorted(draw(st.lists(st.integers(0, taxable), max_size=8)))
    return taxable, tax, [end - start for start, end in zip([0, *cuts], [*cuts, taxable], strict=True)]


@given(credited=credits_in_parts())
def test_credits_in_whatever_parts_give_back_exactly_the_tax(credited: tuple[int, int, list[int]]) -> None:
    taxable, tax, parts = credited
    given_back = [credited_tax(taxable, tax, sum(parts[:place]), part) for place, part in enumerate(parts)]

    assert sum(given_back) == tax
    assert min(given_back) >= 0


def test_three_credits_of_a_third_share_a_tax_that_does_not_divide() -> None:
    # 1.00 at 20% is 0.20 of tax: by thirds 0.0667, 0.1333, 0.20, each rounded from the first credit on.
    assert [credited_tax(300, 20, before, 100) for before in (0, 100, 200)] == [7, 6, 7]


def test_nothing_taxed_gives_back_no_tax() -> None:
    assert credited_tax(0, 0, 0, 0) == 0
    assert credited_tax(5000, 0, 0, 5000) == 0


def test_more_than_was_charged_is_never_credited() -> None:
    with pytest.raises(ValueError, match="charged"):
        credited_tax(100, 20, 60, 41)


@pytest.mark.parametrize(
    ("cents", "percent", "expected"), [(12_000, 50, 6_000), (101, 50, 51), (99, 50, 50), (333, 33, 110), (1, 49, 0)]
)
def test_a_fee_is_so_many_percent_and_a_half_goes_up(cents: int, percent: int, expected: int) -> None:
    assert percent_of(cents, percent) == expected


# As tax offices reckon it themselves


def test_one_tax_of_all_lines_as_the_swiss_tax_administration_prints_it() -> None:
    """Its example of an invoice, "Gemeinde Seldwyla": a basic charge, 100 m³ of water at 0.70, 2.5% on top.

    https://www.gate.estv.admin.ch/mwst-webpublikationen/public/pages/sectorInfos/cipherDisplay.xhtml?publicationId=1004706&componentId=1004866
    """
    totals = totals_of([line("1", "50.00", rate="2.5"), line("100", "0.70", rate="2.5")], 0)

    assert totals.nets == [5000, 7000]
    assert (totals.net_cents, totals.tax_cents, totals.total_cents) == (12_000, 300, 12_300)


@pytest.mark.parametrize(
    ("price", "rate", "tax"),
    [("3.47", "20", 69), ("3.48", "20", 70), ("0.12", "20", 2), ("0.10", "5", 1), ("0.09", "5", 0), ("0.30", "5", 2)],
)
def test_less_than_half_a_penny_goes_down_and_half_a_penny_up_as_hmrc_rounds(price: str, rate: str, tax: int) -> None:
    """VATREC12030: under 0.5 of a penny down, 0.5 or more up. https://gov.uk/hmrc-internal-manuals/vat-trader-records/vatrec12030

    VAT Notice 700 §17.5 lets a trader drop the fraction of a penny from an invoice's total instead, as a concession;
    we don't take it. https://www.gov.uk/guidance/vat-guide-notice-700
    """
    assert totals_of([line("1", price, rate=rate)], 0).tax_cents == tax


def test_hmrcs_own_86_point_76_pence_are_87() -> None:
    """Its example of rounding to the nearest penny, in §17.5.1 of VAT Notice 700.

    That paragraph is about tax by line, and also allows to round down to 0.1 pence; we round the tax of all lines of
    a rate, to the nearest penny alone. https://www.gov.uk/guidance/vat-guide-notice-700
    """
    assert percent_of(8676, 1) == 87


def test_half_a_cent_goes_up_once_for_all_lines_as_in_the_australian_act() -> None:
    """§9-90(2)(a): the exact taxes are added up, then rounded to the nearest cent, "rounding 0.5 cents upwards".

    https://www.ato.gov.au/law/view/print?DocID=PAC%2F19990055%2F9-90&PiT=99991231235958
    By hand: 0.15 × 10% = 1.5 cents, three times 4.5 cents: 5, where rounding each line would make 6.
    """
    assert totals_of([line("1", "0.15", rate="10")], 0).tax_cents == 2
    assert totals_of([line("1", "0.15", rate="10")] * 3, 0).tax_cents == 5


def test_the_total_method_of_singapore_and_malaysia() -> None:
    """Three pens at 1.77 and 6%: 5.31 × 6% = 0.3186, so 0.32; by the other method, line by line, it would be 0.33.

    The tax offices allow both (IRAS FAQ, which this firm retells with Malaysia's rate):
    https://mrp.com.my/2016/08/05/calculating-gst-on-tax-invoices
    """
    totals = totals_of([line("1", "1.77", rate="6")] * 3, 0)

    assert (totals.net_cents, totals.tax_cents, totals.total_cents) == (531, 32, 563)


def test_taxed_and_exempt_lines_and_their_discounts_as_in_the_example_of_en_16931() -> None:
    """OpenPEPPOL's own Allowance-example.xml: 10 × 410 less 100, 10 × 100 exempt, 10 × 100 less 100.

    https://github.com/OpenPEPPOL/peppol-bis-invoice-3/blob/master/rules/examples/Allowance-example.xml
    Its allowances and charges of the whole invoice, 200 each, cancel out.
    """
    lines = [line("10", "410", "100", rate="25"), line("10", "100"), line("10", "100", "100", rate="25")]
    totals = totals_of(lines, 0)

    assert totals.nets == [400_000, 100_000, 90_000]
    assert totals.taxes == [
        TaxAmount("E", Decimal(0), 100_000, 0),
        TaxAmount("S", Decimal(25), 490_000, 122_500),
    ]
    assert totals.total_cents == 712_500


def test_yen_are_rounded_once_for_each_rate_as_japan_asks() -> None:
    """A qualified invoice is rounded once for each rate; half up is one of the ways the issuer may choose.

    National Tax Agency, Q&A on the invoice system, as retold in https://www.ark-outsourcing.com/news/detail_103.html
    By hand: 8% of 55 + 56 = 8.88, 9 yen (line by line 4 + 4 = 8); 10% of 105 = 10.5, 11 yen.
    """
    lines = [line("1", yen, rate=rate, currency="JPY") for yen, rate in (("55", "8"), ("56", "8"), ("105", "10"))]
    totals = totals_of(lines, 0)

    assert [tax.tax_cents for tax in totals.taxes] == [9, 11]
    assert totals.total_cents == 236


def test_dinars_have_a_thousand_fils() -> None:
    # By hand: 1.5 × 12.345 = 18.5175, so 18.518; less 0.018 and an invoice's discount of 1.000; 5% of 17.500 is 0.875.
    totals = totals_of([line("1.5", "12.345", "0.018", rate="5", currency="KWD")], 1000)

    assert (totals.nets, totals.net_cents, totals.tax_cents, totals.total_cents) == ([18_500], 17_500, 875, 18_375)


def test_an_invoices_discount_lowers_each_tax_by_its_part() -> None:
    # By hand: 10.00 off 100.00, 50.00 and 33.33 is 5.4546, 2.7273 and 1.8180. Without their fractions they are 9.98:
    # the two cents left go to the larger fractions of a cent, .73 and .80.
    lines = [line("1", "100", rate="20"), line("1", "50", rate="10"), line("1", "33.33")]
    totals = totals_of(lines, 1000)

    assert totals.shares == [545, 273, 182]
    assert totals.taxes == [
        TaxAmount("E", Decimal(0), 3151, 0),
        TaxAmount("S", Decimal(10), 4727, 473),
        TaxAmount("S", Decimal(20), 9455, 1891),
    ]
    assert totals.total_cents == 3151 + 4727 + 473 + 9455 + 1891
