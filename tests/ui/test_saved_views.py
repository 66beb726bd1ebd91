"""The menu of saved views."""

from dash import html

from tests.ui.trees import by_class, by_type, prop, text
from ui.pages.customers import views
from ui.pages.customers.data import SavedView
from ui.pages.customers.query import CustomersQuery, address, from_address

FRENCH = CustomersQuery(search="a b", sort="-spent", after="cursor", offset=25, filters={"country": "FR,DE"})


def view(*, mine: bool, shared: bool, query: str = "country=FR") -> SavedView:
    return SavedView(id="v", name="French", query=query, shared=shared, mine=mine, owner="Ada")


def test_an_address_shows_the_same_from_the_first_customer_on() -> None:
    assert address(FRENCH) == "q=a+b&sort=-spent&country=FR%2CDE"
    assert from_address(address(FRENCH)) == CustomersQuery(search="a b", sort="-spent", filters={"country": "FR,DE"})
    assert address(CustomersQuery()) == ""


def test_only_an_owner_is_offered_to_change_a_view() -> None:
    def offered(one: SavedView) -> list[str]:
        return [prop(button, "id")["do"] for button in by_type(views.listed([one]), html.Button)]

    assert offered(view(mine=True, shared=False)) == ["share", "delete"]
    assert offered(view(mine=True, shared=True)) == ["unshare", "delete"]
    assert offered(view(mine=False, shared=True)) == []
    assert "Shared by Ada" in text(views.listed([view(mine=False, shared=True)]))


def test_a_view_links_to_its_address() -> None:
    [link] = by_class(views.listed([view(mine=True, shared=False, query=address(FRENCH))]), "menu-link")
    assert prop(link, "href") == f"/customers?{address(FRENCH)}"


def test_without_views_it_is_said_how_to_make_one() -> None:
    assert "No views yet" in text(views.listed([]))
