"""What licences say beside their dates: scope, mode, addresses."""

from typing import Any

from audit.records.licences import (
    BusinessMode,
    Catalogue,
    ColdScope,
    InstitutionLicence,
    LicencePaper,
    ScopeItem,
)
from checks.cases import Case, pending
from checks.verdicts import Result
from tests.checks.papers import (
    DEALER,
    DELIVERY,
    SECOND,
    SHIPMENT,
    SUPPLIER,
    D,
    delivery,
    device,
    filing,
    goods,
    inspected,
    institution,
    licence,
    ourselves,
    shipment,
    sold,
)

PASS, FAIL, UNKNOWN, NONE = Result.PASS, Result.FAIL, Result.UNKNOWN, Result.NOT_APPLICABLE
NOW, ACT = D(2025, 12, 1), D(2025, 3, 3)
CHANGED = D(2025, 3, 3)
REAGENT = "国械注准20243400902"
OLD = "国械注准20163460123"  # 46 is of the 2002 catalogue only
EITHER = "国械注准20163130123"  # 13 stands in both
STREET = "江苏省江南市云锦街5号"


def item(code: str | None, **more: Any) -> ScopeItem:
    """An entry of a scope, its catalogue by its form."""
    old = code is not None and len(code) == 4
    given = {"catalogue": Catalogue.C2002 if old else Catalogue.C2017, "code": code, **more}
    return ScopeItem(**given)


def scoped(*codes: str | ScopeItem, **more: Any) -> dict[str, Any]:
    """Fields of a licence with this scope, wholesale."""
    items = tuple(item(one) if isinstance(one, str) else one for one in codes)
    return {"scope": items, "mode": BusinessMode.WHOLESALE, **more}


SUPPLIERS = "licence.supplier_scope"


def _supplier(name: str, expect: Result, scope: dict[str, Any], line: Any = None,
              *given: Any, says: str | None = None) -> Case:  # fmt: skip
    papers = (licence(SUPPLIER, **scope), delivery(ACT, line), *given)
    return Case(SUPPLIERS, name, DELIVERY, papers, NOW, expect, says)


def _line(number: str, name: str = "吻合器", **more: Any) -> dict[str, Any]:
    return goods(registration_no=number, name=name, di=None, **more)


def _product(number: str, **more: Any) -> Any:
    return device(registration_no=number, di=None, **more)


CASES = [
    _supplier("the category is listed", PASS, scoped("03", "14")),
    _supplier("the category is not listed", FAIL, scoped("03"), says="scope.outside"),
    _supplier("listed for another class", FAIL, scoped(item("14", device_class=2))),
    _supplier("listed for the goods' class", PASS, scoped(item("14", device_class=3))),
    _supplier("the licence's papers state no scope", UNKNOWN, {}, says="scope.not_stated"),
    _supplier("only a part of the category, the goods' part not known", UNKNOWN,
              scoped("14-02-01"), says="scope.unsettled"),
    _supplier("only a part of the category, and it is theirs", PASS, scoped("14-02-01"), None,
              device(catalogue_code="14-02-01")),
    _supplier("only a part of the category, and it is another", FAIL, scoped("14-02-01"), None,
              device(catalogue_code="14-02-03")),
    _supplier("reagents are 6840 in either catalogue", PASS,
              scoped(item("6840", name="体外诊断试剂")), _line(REAGENT)),
    _supplier("reagents are not 22", FAIL, scoped("22"), _line(REAGENT)),
    _supplier("6840 named for analysers is not for reagents", FAIL,
              scoped(item("6840", name="临床检验分析仪器")), _line(REAGENT)),
    _supplier("old digits on a licence of the old catalogue", PASS, scoped("6846"), _line(OLD)),
    _supplier("old digits, another old category", FAIL, scoped("6821"), _line(OLD)),
    _supplier("old digits, licence of the new catalogue, product's code not known", UNKNOWN,
              scoped("13"), _line(OLD)),
    _supplier("old digits, licence of the new catalogue, product's code known", PASS,
              scoped("13"), _line(OLD), _product(OLD, catalogue_code="13-07-01")),
    _supplier("digits of both catalogues: one reading in, one not settled", UNKNOWN,
              scoped("13"), _line(EITHER)),
    _supplier("digits of both catalogues, settled by the product's code", PASS, scoped("13"),
              _line(EITHER), _product(EITHER, catalogue_code="13-07")),
    _supplier("digits of both catalogues that mean the old one", FAIL, scoped("13", "6846"),
              _line(EITHER), _product(EITHER, catalogue_code="18-01", catalogue_code_2002="6813")),
    _supplier("digits of both catalogues, both listed", PASS, scoped("13", "6813"),
              _line(EITHER)),
    _supplier("first registered after the change: the new catalogue", FAIL, scoped("6813"),
              _line("国械注准20213130123"), _product("国械注准20213130123",
                                                 catalogue_code_2002="6846")),
    _supplier("a qualifier that nobody understood", UNKNOWN,
              scoped(item("14", unparsed="见附页")), says="scope.unsettled"),
    _supplier("words left over that say nothing of these goods", PASS,
              scoped("14", item(None, unparsed="不含角膜接触镜", catalogue=Catalogue.UNKNOWN))),
    _supplier("words left over that may mean these goods", UNKNOWN,
              scoped("14", item(None, unparsed="不含吻合类产品", catalogue=Catalogue.UNKNOWN))),
    _supplier("only these, and the goods are named", PASS, scoped(item("14", only="吻合器"))),
    _supplier("only these, and words do not tell", UNKNOWN, scoped(item("14", only="注射器"))),
    _supplier("only implants, and it is none", FAIL, scoped(item("14", only="植入类")), None,
              device()),
    _supplier("except these, and the goods are named", FAIL,
              scoped(item("14", exclude="注射器、吻合器"))),
    _supplier("except others", PASS, scoped(item("14", exclude="注射器"))),
    _supplier("except something alike", UNKNOWN, scoped(item("14", exclude="皮肤吻合器械"))),
    _supplier("no cold goods, and these are", FAIL, scoped(item("14", cold=ColdScope.NO)), None,
              device(cold_chain=True)),
    _supplier("no cold goods, and these are not", PASS, scoped(item("14", cold=ColdScope.NO)),
              None, device(cold_chain=False)),
    _supplier("no cold goods, and nobody knows of these", UNKNOWN,
              scoped(item("14", cold=ColdScope.NO))),
    _supplier("cold goods included", PASS, scoped(item("14", cold=ColdScope.YES)), None,
              device(cold_chain=True)),
    _supplier("nothing said of cold goods", PASS, scoped("14"), None, device(cold_chain=True)),
    _supplier("cold reagents, and nothing said", UNKNOWN, scoped("6840"), _line(REAGENT),
              _product(REAGENT, cold_chain=True, ivd=True)),
    _supplier("a retailer does not wholesale", FAIL, scoped("14", mode=BusinessMode.RETAIL),
              says="scope.other_mode"),
    _supplier("both modes", PASS, scoped("14", mode=BusinessMode.BOTH)),
    _supplier("a mode that nobody understood", UNKNOWN, scoped("14", mode=BusinessMode.UNKNOWN)),
    _supplier("the paper carries no mode", PASS, scoped("14", mode=None)),
    _supplier("his own registered product needs no scope", NONE, scoped("03"),
              goods(registrant=SUPPLIER.name)),
    Case(SUPPLIERS, "no licence was in force: nothing to compare with", DELIVERY,
         (licence(SUPPLIER, **scoped("03")), delivery(D(2025, 7, 1))), NOW, NONE,
         "scope.no_permit_then"),
    Case(SUPPLIERS, "class II goods by the filing's scope", DELIVERY,
         (filing(SUPPLIER, **scoped("03")), delivery(ACT, _line(SECOND))), NOW, FAIL),
    Case(SUPPLIERS, "the class is not known", DELIVERY,
         (licence(SUPPLIER, **scoped("14")), delivery(ACT, goods(registration_no=None))), NOW,
         UNKNOWN, "licence.class_unknown"),
    Case(SUPPLIERS, "only the inspection is on file", DELIVERY,
         (licence(SUPPLIER, **scoped("03")), inspected(ACT)), NOW, FAIL),
    Case(SUPPLIERS, "a pending change that would add the category", DELIVERY,
         (licence(SUPPLIER, **scoped("03")),
          pending(licence(SUPPLIER, D(2025, 3, 1), paper=LicencePaper.CHANGED, **scoped("14"))),
          delivery(ACT)), NOW, UNKNOWN),
    Case(SUPPLIERS, "shipped in the future", DELIVERY,
         (licence(SUPPLIER, **scoped("14")), delivery(ACT)), D(2025, 3, 2), NONE, review_at=ACT),
]  # fmt: skip

for DAY, EXPECT, WHEN in (
    (D(2025, 3, 2), FAIL, "the day before the change"),
    (D(2025, 3, 3), PASS, "the day of the change"),
    (D(2025, 3, 4), PASS, "the day after the change"),
):
    CASES.append(
        Case(SUPPLIERS, f"a category added by a change: {WHEN}", DELIVERY,
             (licence(SUPPLIER, **scoped("03")),
              licence(SUPPLIER, CHANGED, paper=LicencePaper.CHANGED, **scoped("03", "14")),
              delivery(DAY)), NOW, EXPECT)  # type: ignore[arg-type]
    )  # fmt: skip

OWN = "licence.own_scope"


def _own(name: str, expect: Result, scope: dict[str, Any], *given: Any, **note: Any) -> Case:
    papers = (ourselves(), licence(**scope), shipment(ACT, **note), *given)
    return Case(OWN, name, SHIPMENT, papers, NOW, expect)


HOUSE = scoped("14", warehouses=(STREET,), premises=("江苏省江南市建设路1号",))
CASES += [
    _own("the category is listed", PASS, scoped("14")),
    _own("the category is not listed", FAIL, scoped("03")),
    _own("no scope on file", UNKNOWN, {}),
    _own("from a warehouse on the licence", PASS, HOUSE, warehouse="江苏省江南市云锦街５号"),
    _own("from the same warehouse, its floor named", PASS, HOUSE, warehouse=f"{STREET}2楼"),
    _own("from the same warehouse, the province left out", PASS, HOUSE,
         warehouse="江南市云锦街5号"),
    _own("from the place of business", PASS, HOUSE, warehouse="江苏省江南市建设路1号"),
    _own("from another house in the street", FAIL, HOUSE, warehouse="江苏省江南市云锦街51号"),
    _own("from another street", FAIL, HOUSE, warehouse="江苏省江南市滨江大道88号"),
    _own("from a warehouse that only has a name", UNKNOWN, HOUSE, warehouse="中心库"),
    _own("the paper does not say from where", PASS, HOUSE),
    _own("our papers do not say which warehouses we have", PASS, scoped("14"), warehouse=STREET),
    _own("from the logistics company's warehouse", UNKNOWN, HOUSE, warehouse="江南市滨江大道88号",
         logistics=DEALER),
    _own("directly from the supplier's", PASS, HOUSE, warehouse="江南市滨江大道88号", direct=True),
    _own("sold wholesale", PASS, scoped("14"), sold(ACT)),
    _own("sold retail on a wholesale licence", FAIL, scoped("14"), sold(ACT, mode="retail")),
    _own("sold retail on a licence for both", PASS, scoped("14", mode=BusinessMode.BOTH),
         sold(ACT, mode="retail")),
    Case(OWN, "our licence had ended", SHIPMENT,
         (licence(**scoped("03")), shipment(D(2025, 7, 1))), NOW, NONE),
]  # fmt: skip

TAKEN = "licence.own_receipt_scope"


def _taken(name: str, expect: Result, scope: dict[str, Any], **note: Any) -> Case:
    papers = (ourselves(), licence(**scope), delivery(D(2025, 3, 1), **note), inspected(ACT))
    return Case(TAKEN, name, DELIVERY, papers, NOW, expect)


CASES += [
    _taken("the category is listed", PASS, scoped("14")),
    _taken("the category is not listed", FAIL, scoped("03")),
    _taken("no scope on file", UNKNOWN, {}),
    _taken("to our warehouse", PASS, HOUSE, ship_to=STREET),
    _taken("to a place that is not on our licence", FAIL, HOUSE, ship_to="江南市滨江大道88号"),
    _taken("directly to a customer", PASS, HOUSE, ship_to="江南市滨江大道88号", direct=True),
]

BUYER = "licence.buyer_scope"


def _buyer(name: str, expect: Result, scope: dict[str, Any], *given: Any, **note: Any) -> Case:
    papers = (licence(DEALER, **scope), shipment(ACT, consignee=DEALER, **note),
              sold(ACT, buyer=DEALER), *given)  # fmt: skip
    return Case(BUYER, name, SHIPMENT, papers, NOW, expect)


def _hospital(name: str, expect: Result, paper: InstitutionLicence, to: str | None) -> Case:
    papers = (paper, shipment(ACT, ship_to=to), sold(ACT))
    return Case(BUYER, name, SHIPMENT, papers, NOW, expect)


CASES += [
    _buyer("the category is in the dealer's scope", PASS, scoped("14")),
    _buyer("the category is not in the dealer's scope", FAIL, scoped("03")),
    _buyer("the dealer's papers state no scope", UNKNOWN, {}),
    _buyer("a retailer may buy", PASS, scoped("14", mode=BusinessMode.RETAIL)),
    _buyer("to the dealer's warehouse", PASS, HOUSE, ship_to=STREET),
    _buyer("to the dealer's domicile", PASS, scoped("14", domicile=STREET), ship_to=STREET),
    _buyer("to a place on none of his papers", FAIL, HOUSE, ship_to="江南市滨江大道88号"),
    _buyer("to the same house, written otherwise", UNKNOWN, HOUSE, ship_to="江南云锦街5号"),
    _hospital("a hospital at its own address", PASS, institution(address=STREET), STREET),
    _hospital("a hospital elsewhere", FAIL, institution(address=STREET), "江南市滨江大道88号"),
    _hospital("a hospital whose licence carries no address", NONE, institution(), STREET),
    _hospital("a paper that carries no address", NONE, institution(address=STREET), None),
    Case(BUYER, "a dealer's order straight to his customer, a hospital", SHIPMENT,
         (licence(DEALER, **HOUSE), institution(address="江南市滨江大道88号"),
          shipment(ACT, ship_to="江南市滨江大道88号"), sold(ACT, buyer=DEALER)), NOW, PASS),
    Case(BUYER, "his licence had ended: nothing to compare with", SHIPMENT,
         (licence(DEALER, **scoped("03")), shipment(D(2025, 7, 1), consignee=DEALER)), NOW, NONE),
]  # fmt: skip
