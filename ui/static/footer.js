// What happens to what one gives. It is the last on the page: all tabs are there when it comes.
const render = () => { element.querySelector("p").textContent = earshot.t("footer.privacy"); };
earshot.stops.tabs();
earshot.stops.lists();
render();
earshot.on("tongue", render);
